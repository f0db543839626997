"""Which call a rule is for, and what is known of the calls."""

from __future__ import annotations

from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from vsfa_data.hub_sim.faults import Call, Fault
from vsfa_data.hub_sim.server import Running


def test_rules_count_the_calls_of_their_endpoint(hub: Running, api: HfApi, repo_id: str) -> None:
    hub.faults.forget()
    hub.faults.rules = [Fault("500", nth=2, endpoint="refs", times=2)]
    outcomes = []
    for _ in range(4):
        api.whoami()
        try:
            api.list_repo_refs(repo_id, repo_type="dataset")
            outcomes.append(200)
        except HfHubHTTPError as error:
            outcomes.append(error.response.status_code)
    assert outcomes == [200, 500, 500, 200]
    assert hub.faults.calls[1] == Call(2, "refs", "GET", f"/api/datasets/{repo_id}/refs")


def test_the_hook_is_called_when_the_work_is_done(hub: Running, api: HfApi, new_id: str) -> None:
    seen: list[tuple[str, bool]] = []

    def look(call: Call) -> None:
        there = hub.hub.storage.find("datasets", *new_id.split("/")) is not None
        seen.append((call.endpoint, there))

    hub.faults.after = look
    api.whoami()
    api.create_repo(new_id, repo_type="dataset")
    assert seen == [("whoami", False), ("create-repo", True)]
