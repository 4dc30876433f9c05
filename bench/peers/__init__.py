"""The peers' side of bench/compare_peers.py, and its rows."""
