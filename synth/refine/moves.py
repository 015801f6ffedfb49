"""Random moves of cells, taken by what they change in timing and in length of wire.

Compiled functions hand arrays on in tuples: ``position`` is x, y, place, kind, loose, partner and
the height of :class:`synth.refine.placed.Placed`; ``occupancy`` what is on the places of tables,
registers and writers; ``tiles`` logic, ram, tied, memory sites and width; ``signs`` those of tiles
and slices; ``graph`` what :func:`synth.refine.cost.cost_at` asks, ``stamps`` its marks.
"""

import numpy as np
from numba import njit

from synth.refine.cost import cost_at
from synth.refine.placed import MEMORY, PLACES, REGISTER, TABLE

_BESIDE = 2  # tiles
_ATTEMPTS = 6  # to find a place that may be taken, beside the one that was drawn
_LONGEST_BLOCK = 6  # tiles of a carry chain that moves as a whole
_AT_CRITICAL, _AT_NEIGHBOUR = 0.3, 0.5  # shares of moves
_TILES = 0.06  # of the moves of a cell: with all that is in its tile
_BLOCKS = 0.05  # of the moves of a carry chain, each of which costs as much as many others


@njit(cache=True)
def registers_agree(tile, registers_at, tile_sign, slice_sign):
    """Whether the registers of a tile may stand together."""
    sign = -1
    for place in range(PLACES):
        cell = registers_at[tile * PLACES + place]
        if cell < 0:
            continue
        if sign >= 0 and tile_sign[cell] != sign:
            return False
        sign = tile_sign[cell]
        beside = registers_at[tile * PLACES + (place ^ 1)]
        if beside >= 0 and slice_sign[beside] != slice_sign[cell]:
            return False
    return True


@njit(cache=True)
def stuck(cell, loose):
    """Whether there is a cell that does not move on its own."""
    return cell >= 0 and not loose[cell]


@njit(cache=True)
def _exchange(here, there, which, position, occupancy, signs, moved):
    """Exchange two places: tables, registers, or both where one belongs to the other.

    Returns how many cells ``moved`` lists, none if they may not; ``which`` says what was exchanged.
    """
    loose, partner = position[4], position[5]
    tables_at, registers_at, _ = occupancy
    t1, t2, r1, r2 = tables_at[here], tables_at[there], registers_at[here], registers_at[there]
    paired = False
    for table in (t1, t2):
        paired |= which[0] and table >= 0 and partner[table] >= 0
    for register in (r1, r2):
        paired |= which[1] and register >= 0 and partner[register] >= 0
    if paired:
        which[0] = which[1] = True
    if which[0]:
        if stuck(t1, loose) or stuck(t2, loose):
            return 0
        # A plain table never stands beside one of a carry chain.
        if (t1 >= 0 and stuck(tables_at[there ^ 1], loose)) or (
            t2 >= 0 and stuck(tables_at[here ^ 1], loose)
        ):
            return 0
    if which[1]:
        if stuck(r1, loose) or stuck(r2, loose):
            return 0
        registers_at[here], registers_at[there] = r2, r1
        if not (
            registers_agree(here // PLACES, registers_at, *signs)
            and registers_agree(there // PLACES, registers_at, *signs)
        ):
            registers_at[here], registers_at[there] = r1, r2
            return 0
    if which[0]:
        tables_at[here], tables_at[there] = t2, t1
    count = 0
    for cell, used in ((t1, which[0]), (t2, which[0]), (r1, which[1]), (r2, which[1])):
        if used and cell >= 0:
            moved[count] = cell
            count += 1
    return count


@njit(cache=True)
def _whole_block(tile, height, tied):
    """First tile and length of the carry chains around ``tile``; length 0 if it cannot move."""
    first, last = tile, tile
    while first >= height and tied[first - height]:
        first -= height
    while tied[last]:
        last += height
    length = (last - first) // height + 1
    if length > _LONGEST_BLOCK:
        return first, 0
    return first, length


@njit(cache=True)
def _block_may_move(first, length, height, logic, tied):
    """Whether no carry chain crosses its ends."""
    size = len(logic)
    for k in range(length):
        tile = first + k * height
        if tile < 0 or tile >= size or not logic[tile]:
            return False
    cut_before = first >= height and tied[first - height]
    return not (cut_before or tied[first + (length - 1) * height])


@njit(cache=True)
def _list_tile(tile, occupancy, moved, count):
    for at in occupancy:
        for place in range(PLACES):
            cell = at[tile * PLACES + place]
            if cell >= 0:
                moved[count] = cell
                count += 1
    return count


@njit(cache=True)
def _swap_blocks(first, second, length, position, occupancy, flags):
    """Exchange all that is in some tiles."""
    x, y, height = position[0], position[1], position[6]
    for k in range(length):
        here, there = first + k * height, second + k * height
        for flag in flags:
            flag[here], flag[there] = flag[there], flag[here]
        for at in occupancy:
            for place in range(PLACES):
                p, q = here * PLACES + place, there * PLACES + place
                at[p], at[q] = at[q], at[p]
                for cell, tile in ((at[p], here), (at[q], there)):
                    if cell >= 0:
                        x[cell], y[cell] = tile // height, tile % height


@njit(cache=True)
def _put(cell, tile, at_place, position):
    x, y, place, height = position[0], position[1], position[2], position[6]
    x[cell], y[cell], place[cell] = tile // height, tile % height, at_place


@njit(cache=True)
def anneal(tries, temperature, reach, seed, movable, critical, state, tiles, signs, graph,
           stamps):  # fmt: skip
    """Try so many moves of up to ``reach`` tiles, or to a neighbour; number of those taken.

    ``state`` is position, occupancy and ``memory_at``; it changes in place.
    """
    position, occupancy, memory_at = state
    x, y, _, kind, loose, _, height = position
    sites, width = tiles[3], tiles[4]
    a, b, edges, edges_at = graph[0], graph[1], graph[4], graph[5]
    np.random.seed(seed)
    moved = np.empty(2 * _LONGEST_BLOCK * len(occupancy) * PLACES, np.int64)
    which = np.zeros(len(occupancy), np.bool_)
    taken = 0
    for _ in range(tries):
        if len(critical) and np.random.random() < _AT_CRITICAL:
            cell = critical[np.random.randint(len(critical))]
        else:
            cell = movable[np.random.randint(len(movable))]
        if np.random.random() < _AT_NEIGHBOUR and edges[cell + 1] > edges[cell]:
            edge = edges_at[edges[cell] + np.random.randint(edges[cell + 1] - edges[cell])]
            near, far = (b[edge] if a[edge] == cell else a[edge]), _BESIDE
        else:
            near, far = cell, reach
        to_x = x[near] + np.random.randint(-far, far + 1)
        to_y = y[near] + np.random.randint(-far, far + 1)
        if kind[cell] == MEMORY:
            to_x, to_y = _nearest_site(to_x, to_y, sites, height)
        if to_x < 0 or to_x >= width or to_y < 0 or to_y >= height:
            continue
        there = to_x * height + to_y
        if there == x[cell] * height + y[cell]:
            continue
        if kind[cell] == MEMORY:
            taken += _try_memory(cell, there, temperature, position, memory_at, graph, stamps,
                                 moved)  # fmt: skip
        elif loose[cell] and np.random.random() > _TILES:
            taken += _try_places(cell, to_x, to_y, temperature, position, occupancy, tiles, signs,
                                 graph, stamps, moved, which)  # fmt: skip
        elif loose[cell] or np.random.random() < _BLOCKS:
            taken += _try_block(cell, there, temperature, position, occupancy, tiles, graph, stamps,
                                moved)  # fmt: skip
    return taken


@njit(cache=True)
def _try_places(cell, to_x, to_y, temperature, position, occupancy, tiles, signs, graph, stamps,
                moved, which):  # fmt: skip
    """Exchange a table, a register or both with what is on a place there, or beside it."""
    x, y, place, kind, height = position[0], position[1], position[2], position[3], position[6]
    logic, ram, width = tiles[0], tiles[1], tiles[4]
    here, there = x[cell] * height + y[cell], to_x * height + to_y
    p, q, count = here * PLACES + place[cell], 0, 0
    for attempt in range(_ATTEMPTS):
        if attempt:
            at_x = to_x + np.random.randint(-_BESIDE, _BESIDE + 1)
            at_y = to_y + np.random.randint(-_BESIDE, _BESIDE + 1)
            if at_x < 0 or at_x >= width or at_y < 0 or at_y >= height:
                continue
            there = at_x * height + at_y
        if there == here or not logic[there] or ram[there]:
            continue
        which[0], which[1] = kind[cell] == TABLE, kind[cell] == REGISTER
        q = there * PLACES + np.random.randint(PLACES)
        count = _exchange(p, q, which, position, occupancy, signs, moved)
        if count:
            break
    if not count:
        return 0
    before = cost_at(moved, count, x, y, graph, stamps)
    _settle(p, q, which, position, occupancy)
    after = cost_at(moved, count, x, y, graph, stamps)
    if _taken(before, after, temperature):
        return 1
    for k, at in enumerate(occupancy):
        if which[k]:
            at[p], at[q] = at[q], at[p]
    _settle(p, q, which, position, occupancy)
    return 0


@njit(cache=True)
def _try_block(cell, there, temperature, position, occupancy, tiles, graph, stamps, moved):
    """Exchange all that is in a cell's tile, and in those of its carry chain, with other tiles."""
    x, y, height = position[0], position[1], position[6]
    logic, ram, tied = tiles[0], tiles[1], tiles[2]
    here = x[cell] * height + y[cell]
    first, length = _whole_block(here, height, tied)
    second = first + there - here
    apart = abs(first - second) % height or abs(first - second) // height >= length
    if not (length and apart and _block_may_move(first, length, height, logic, tied)
            and _block_may_move(second, length, height, logic, tied)):  # fmt: skip
        return 0
    count = 0
    for k in range(length):
        count = _list_tile(first + k * height, occupancy, moved, count)
        count = _list_tile(second + k * height, occupancy, moved, count)
    before = cost_at(moved, count, x, y, graph, stamps)
    _swap_blocks(first, second, length, position, occupancy, (tied, ram))
    after = cost_at(moved, count, x, y, graph, stamps)
    if _taken(before, after, temperature):
        return 1
    _swap_blocks(first, second, length, position, occupancy, (tied, ram))
    return 0


@njit(cache=True)
def _taken(before, after, temperature):
    """Metropolis: worse by so much with probability exp(-worse / temperature)."""
    return after <= before or np.random.random() < np.exp((before - after) / temperature)


@njit(cache=True)
def _settle(p, q, which, position, occupancy):
    """Positions of what now stands in two places."""
    for k in range(2):
        if which[k]:
            for at in (p, q):
                cell = occupancy[k][at]
                if cell >= 0:
                    _put(cell, at // PLACES, at % PLACES, position)


@njit(cache=True)
def _nearest_site(to_x, to_y, sites, height):
    """The site of a memory that is next to there."""
    best, found = 1 << 30, 0
    for site in sites:
        distance = abs(site // height - to_x) + abs(site % height - to_y)
        if distance < best:
            best, found = distance, site
    return found // height, found % height


@njit(cache=True)
def _try_memory(cell, there, temperature, position, memory_at, graph, stamps, moved):
    """Exchange a memory with what is on another site."""
    x, y, height = position[0], position[1], position[6]
    here, other = x[cell] * height + y[cell], memory_at[there]
    moved[0], count = cell, 1
    if other >= 0:
        moved[1], count = other, 2
    before = cost_at(moved, count, x, y, graph, stamps)
    x[cell], y[cell] = there // height, there % height
    if other >= 0:
        x[other], y[other] = here // height, here % height
    after = cost_at(moved, count, x, y, graph, stamps)
    if _taken(before, after, temperature):
        memory_at[here], memory_at[there] = other, cell
        return 1
    x[cell], y[cell] = here // height, here % height
    if other >= 0:
        x[other], y[other] = there // height, there % height
    return 0
