"""Statistics of an evaluation: arrays in, frozen records out; no files, no clocks, no global randomness."""

from evalkit.stats.agreement import cohens_kappa, nominal_kappa
from evalkit.stats.corrections import benjamini_hochberg, holm
from evalkit.stats.flakiness import Flakiness, difference_noise_share, flakiness
from evalkit.stats.interval import Interval, product
from evalkit.stats.learning import LearningFit, fit_learning
from evalkit.stats.paired import PairedDifference, mcnemar_exact, one_sided_fail_p, paired_difference
from evalkit.stats.power import chance_of_fail, chance_of_pass, items_needed, smallest_detectable_drop
from evalkit.stats.quantiles import quantile_interval
from evalkit.stats.rates import exact_rate_interval, rate_interval
from evalkit.stats.scores import score_difference
from evalkit.stats.statement import PowerStatement, repeats_effect, state_power
from evalkit.stats.thresholds import bracket, least_enough
from evalkit.stats.verdict import Judgement, Outcome, judge

__all__ = [
    "Flakiness",
    "Interval",
    "Judgement",
    "LearningFit",
    "Outcome",
    "PairedDifference",
    "PowerStatement",
    "benjamini_hochberg",
    "bracket",
    "chance_of_fail",
    "chance_of_pass",
    "cohens_kappa",
    "difference_noise_share",
    "exact_rate_interval",
    "fit_learning",
    "flakiness",
    "holm",
    "items_needed",
    "judge",
    "least_enough",
    "mcnemar_exact",
    "nominal_kappa",
    "one_sided_fail_p",
    "paired_difference",
    "product",
    "quantile_interval",
    "rate_interval",
    "repeats_effect",
    "score_difference",
    "smallest_detectable_drop",
    "state_power",
]
