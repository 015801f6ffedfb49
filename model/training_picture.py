"""What training brought, as one picture: the loss, and trained against plain decoders."""

from collections.abc import Sequence
from pathlib import Path

from model.curves import check_file, fill, plain, save


def loss_of(metadata: dict) -> tuple[Sequence[float], int]:
    """The loss of a parameters file's training in parts, and its steps; empty where it has none.

    A file may hold anything there: it decides no number, and what is no list of numbers is not
    drawn.
    """
    made = metadata.get("made")
    loss, plan = ((made.get(name) if isinstance(made, dict) else None) for name in ("loss", "plan"))
    curve = loss.get("curve") if isinstance(loss, dict) else None
    steps = plan.get("steps") if isinstance(plan, dict) else None
    numbers = isinstance(curve, list) and all(type(value) in (int, float) for value in curve)
    return (curve, steps) if numbers and type(steps) is int and steps > 0 else ((), 0)


def draw(
    path: Path,
    title: str,
    loss: Sequence[float],
    steps: int,
    curves: dict[str, Sequence[tuple[float, float, float, float]]],
) -> Path:
    """Write the picture, whole or not at all; ``InputError`` for a suffix that is no picture.

    Args:
        path: File; the suffix says the format.
        title: Of the whole.
        loss: Means over equal parts of the training; empty: no panel.
        steps: Of the training.
        curves: By decoder, points (Eb/N0 in dB, frame error rate, lower end, upper end).
    """
    check_file(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10.5 if loss else 6.5, 4.5), layout="constrained")
    panels = figure.subplots(1, 2 if loss else 1, squeeze=False)[0]
    if loss:
        at = [steps * (part + 0.5) / len(loss) for part in range(len(loss))]
        panels[0].plot(at, loss, "o-", linewidth=1, markersize=3)
        panels[0].set(xlabel="training step", ylabel="loss, mean of a twentieth")
        panels[0].grid(linewidth=0.3)
    panels[-1].legend(handles=fill(panels[-1], curves, {}, {}), fontsize="small")
    panels[-1].set(xlabel="Eb/N0 in dB", ylabel="frame error rate")
    figure.suptitle(plain(title), fontsize="medium")
    return save(figure, path)
