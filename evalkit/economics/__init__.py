"""Economics of an evaluation: what a success costs, how long it takes, all figures together."""

from evalkit.economics.changes import cost_per_success_change, mean_change, median_ratio
from evalkit.economics.cost import CostFigures, cost_figures, cost_intervals, machines_needed, ratio_bounds
from evalkit.economics.figures import CandidateFigures, TokenFigures, candidate_figures, error_rate, figures
from evalkit.economics.latency import LatencyFigures, Quantiles, latency_figures, quantiles

__all__ = [
    "CandidateFigures",
    "CostFigures",
    "LatencyFigures",
    "Quantiles",
    "TokenFigures",
    "candidate_figures",
    "cost_figures",
    "cost_intervals",
    "cost_per_success_change",
    "error_rate",
    "figures",
    "latency_figures",
    "machines_needed",
    "mean_change",
    "median_ratio",
    "quantiles",
    "ratio_bounds",
]
