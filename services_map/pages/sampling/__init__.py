"""The pages of sampling: what each service is told and why, what that costs, and the rules that change it."""
