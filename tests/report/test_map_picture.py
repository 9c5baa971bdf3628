from evonas.report.map_picture import pictured


def axis(name: str, bins: int) -> dict[str, object]:
    return {"name": name, "low": 0, "high": 8, "bins": bins, "log": False}


def test_two_axes_make_a_picture_the_second_upwards() -> None:
    elites = {
        "axes": [axis("x", 3), axis("y", 2)],
        "costs": [[0, 0, 4.0], [2, 0, 1.0], [2, 1, 2.0], [1, 1, 3.0]],
    }
    assert pictured(elites) == ["↑ y 0 to 8", "··▒▒▓▓", "░░··██", "→ x 0 to 8; dark is good"]


def test_one_axis_makes_a_line() -> None:
    assert pictured({"axes": [axis("x", 3)], "costs": [[1, 4.0]]}) == ["··░░··", "→ x 0 to 8; dark is good"]


def test_more_axes_are_not_drawn_and_nobody_is_no_harm() -> None:
    assert pictured({"axes": [axis("x", 3)] * 3, "costs": []}) == []
    assert pictured({"axes": [axis("x", 2)], "costs": []})[0] == "····"
