"""How text is drawn from a model's probabilities."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import UserError


@dataclass(frozen=True)
class Sampling:
    """What `--sample` does to the probabilities before it draws from them.

    The defaults are those of the sources. With them a token on the patents costs 3.4
    nats where people's own text costs the same network 4.2; drawn from everything it
    is 3.8, from the 40 likeliest 2.7: the further below, the duller.

    Attributes:
        temperature: the logarithms are divided by it; below 1 the likely becomes
            likelier still (Ackley, Hinton and Sejnowski 1985).
        top_k: only so many of the likeliest tokens are drawn; 0 is no limit (Fan,
            Lewis and Dauphin 2018).
        top_p: only the likeliest tokens that together have this probability are drawn;
            1 is no limit (nucleus sampling: Holtzman et al. 2020, who take 0.95).
        no_repeat: no run of so many tokens is written a second time; 0 is no limit
            (Paulus, Xiong and Socher 2018, who take 3).

    Raises:
        UserError: a value is out of its range.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 0.95
    no_repeat: int = 3

    def __post_init__(self) -> None:
        # Written so that NaN is refused too.
        if not 0 < self.temperature <= 100:
            raise UserError(
                f"--temperature is {self.temperature:g}, but must be above 0 and at "
                "most 100. For the likeliest word every time give --top-k 1."
            )
        if not 0 < self.top_p <= 1:
            raise UserError(
                f"--top-p is {self.top_p:g}, but must be above 0 and at most 1: a "
                "share of the probability."
            )
        for flag, value in (("top-k", self.top_k), ("no-repeat", self.no_repeat)):
            if value < 0:
                raise UserError(
                    f"--{flag} is {value}, but must be 1 or more, or 0 for no limit."
                )
