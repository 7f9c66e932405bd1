"""Economics of an evaluation: what a success costs, how long it takes, what is
traded for what, and what other prices would bring."""

from evalkit.economics.break_even import BreakEven, Crossing, break_even, crossing
from evalkit.economics.changes import cost_per_success_change, mean_change, median_ratio
from evalkit.economics.cost import CostFigures, cost_figures, cost_intervals, machines_needed, ratio_bounds
from evalkit.economics.figures import CandidateFigures, TokenFigures, candidate_figures, error_rate, figures
from evalkit.economics.latency import (
    LatencyFigures,
    LimitFigures,
    Quantiles,
    against_limit,
    latency_figures,
    quantiles,
)
from evalkit.economics.load import LoadFigures, LoadStep, StepFigures, load_figures, read_step
from evalkit.economics.pareto import Climb, Domination, Front, Point, TradeOffs, climb, front, trade_offs
from evalkit.economics.what_if import with_prices, with_stakes

__all__ = [
    "BreakEven",
    "CandidateFigures",
    "Climb",
    "CostFigures",
    "Crossing",
    "Domination",
    "Front",
    "LatencyFigures",
    "LimitFigures",
    "LoadFigures",
    "LoadStep",
    "Point",
    "Quantiles",
    "StepFigures",
    "TokenFigures",
    "TradeOffs",
    "against_limit",
    "break_even",
    "candidate_figures",
    "climb",
    "cost_figures",
    "cost_intervals",
    "cost_per_success_change",
    "crossing",
    "error_rate",
    "figures",
    "front",
    "latency_figures",
    "load_figures",
    "machines_needed",
    "mean_change",
    "median_ratio",
    "quantiles",
    "ratio_bounds",
    "read_step",
    "trade_offs",
    "with_prices",
    "with_stakes",
]
