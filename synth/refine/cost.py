"""What a placement costs: how little slack its wires have, and their length."""

import numpy as np
from numba import njit

_SCALE_NS = 0.25  # by so much less slack an edge costs e times as much
_STEEPEST = 3.0  # of the exponent; beyond, cost is linear
_WIRE = 0.02  # of a tile of a net's bounding box, where an edge without slack costs 1


@njit(cache=True)
def _edge_cost(ns, budget_ns):
    """Of a wire that takes ``ns``, where ``budget_ns`` is what it may take without being late."""
    late = (ns - budget_ns) / _SCALE_NS
    return np.exp(late) if late < _STEEPEST else np.exp(_STEEPEST) * (late - _STEEPEST + 1)


@njit(cache=True)
def half_perimeter(net, nets, at, x, y):
    first = at[nets[net]]
    left = right = x[first]
    low = high = y[first]
    for k in range(nets[net] + 1, nets[net + 1]):
        cell = at[k]
        left, right = min(left, x[cell]), max(right, x[cell])
        low, high = min(low, y[cell]), max(high, y[cell])
    return right - left + high - low


@njit(cache=True)
def cost_at(cells, count, x, y, graph, stamps):
    """Of all edges and nets at some cells, each once."""
    a, b, table, budget, edges, edges_at, cell_nets, cell_nets_at, nets, nets_at = graph
    seen_edges, seen_nets, stamp = stamps
    stamp[0] += 1
    cost = 0.0
    for k in range(count):
        cell = cells[k]
        for q in range(edges[cell], edges[cell + 1]):
            edge = edges_at[q]
            if seen_edges[edge] != stamp[0]:
                seen_edges[edge] = stamp[0]
                ns = table[abs(x[a[edge]] - x[b[edge]]), abs(y[a[edge]] - y[b[edge]])]
                cost += _edge_cost(ns, budget[edge])
        for q in range(cell_nets[cell], cell_nets[cell + 1]):
            net = cell_nets_at[q]
            if seen_nets[net] != stamp[0]:
                seen_nets[net] = stamp[0]
                cost += _WIRE * half_perimeter(net, nets, nets_at, x, y)
    return cost
