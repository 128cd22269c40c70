"""Out of the door: trained models in forms that other programs run."""
