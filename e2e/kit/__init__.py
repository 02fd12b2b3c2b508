"""The delivery kit on a real control plane: charts that Helm renders, rolled through by the stock controller."""
