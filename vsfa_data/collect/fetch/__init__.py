"""The one way by which bytes come from the network: safe addresses, limits, opt-outs."""
