"""Two traces' ids in: pages that set one against the other. `/compare` itself offers to choose them."""
