"""Every setting of every command: its name, type, default and help, once.

Each command has one frozen dataclass. `add_flags` makes the command line from its
fields, `from_flags` reads it back, `__post_init__` refuses what cannot work. Facts
that are learned later (the size of the vocabulary, the coverage of the vectors) are
results and live in the model folder, not here.
"""

from app.settings.commands import (
    ExportSettings,
    MemorySettings,
    ReportSettings,
    VerifySettings,
)
from app.settings.compare import CompareSettings
from app.settings.corpus import FORMATS, check_reading
from app.settings.distance import DistanceSettings
from app.settings.evaluation import Amounts, EvaluateSettings
from app.settings.explain import ExplainSettings
from app.settings.flags import add_flags, from_flags
from app.settings.machine import num_processors
from app.settings.memory import check_memory
from app.settings.parts import Parts
from app.settings.predict import PredictSettings
from app.settings.presets import PRESETS, Architecture, FitOptions
from app.settings.serve import Limits, ServeSettings
from app.settings.train import TrainSettings
from app.settings.workers import Workers, host_and_port

__all__ = [
    "FORMATS",
    "PRESETS",
    "Amounts",
    "Architecture",
    "CompareSettings",
    "DistanceSettings",
    "EvaluateSettings",
    "ExplainSettings",
    "ExportSettings",
    "FitOptions",
    "Limits",
    "Parts",
    "MemorySettings",
    "PredictSettings",
    "ReportSettings",
    "ServeSettings",
    "TrainSettings",
    "VerifySettings",
    "Workers",
    "add_flags",
    "check_memory",
    "check_reading",
    "from_flags",
    "host_and_port",
    "num_processors",
]
