from vsfa_data.hub_sim.answers import RefusedError, no_entry, no_repo, no_revision


def test_the_codes_that_the_clients_read() -> None:
    found = no_entry("a.txt", "f" * 40).response()
    assert found.status == 404
    assert found.headers["X-Error-Code"] == "EntryNotFound"
    assert found.headers["X-Repo-Commit"] == "f" * 40
    assert no_revision("v9").response().headers["X-Error-Code"] == "RevisionNotFound"
    assert "X-Error-Code" not in RefusedError(400, "no").response().headers


def test_whoever_has_no_name_is_asked_for_one() -> None:
    assert no_repo(known=True).response().status == 404
    assert no_repo(known=False).response().status == 401
