from evonas.runs import publish


def test_a_training_says_now_and_then_how_it_goes(monkeypatch, capsys):
    context = publish.Aloud(seed=3)
    context.report(1, 2.5)
    monkeypatch.setattr(publish, "PAUSE", 0.0)
    context.report(2, 0.25)
    assert capsys.readouterr().out == "  step 2: 0.25\n"
    assert context.reports == [(1, 2.5), (2, 0.25)]
