from tests.local_hub import api, hub, hub_server, new_id, repo_id, waits

__all__ = ["api", "hub", "hub_server", "new_id", "repo_id", "waits"]
