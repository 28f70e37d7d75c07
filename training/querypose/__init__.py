"""QueryPose in PyTorch: network, losses and data for the weights this project ships."""
