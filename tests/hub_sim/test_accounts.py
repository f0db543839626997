from vsfa_data.hub_sim.accounts import ACCOUNTS, Account, owns


def test_an_account_owns_its_name_and_members_own_organisations() -> None:
    local, guest = ACCOUNTS["hf_local_write"], ACCOUNTS["hf_local_guest"]
    assert owns(local, "local", ACCOUNTS)
    assert owns(local, "team", ACCOUNTS)
    assert not owns(local, "guest", ACCOUNTS)
    assert owns(guest, "guest", ACCOUNTS)
    assert not owns(guest, "team", ACCOUNTS)


def test_whoami_tells_the_role_of_the_token() -> None:
    assert Account("me", "read").whoami()["auth"]["accessToken"]["role"] == "read"
