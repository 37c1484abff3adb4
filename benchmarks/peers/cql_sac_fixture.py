"""Writes the fixture that CqlSacFixtureTest holds the trainer's CQL-SAC against.

An independent statement of the algorithm: torch.nn modules, torch.distributions for every density, torch.optim.Adam, double
precision throughout. Run once, when a formula changes:

    python benchmarks/peers/cql_sac_fixture.py trainer/src/test/resources/io/millrace/trainer/algorithm

Each file holds the parameters before the first update, and for each of three updates its batch, its noise, the losses
and the gradients; then the parameters after the third.
"""

import copy
import math
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.distributions import Independent, Normal, TransformedDistribution, Uniform
from torch.distributions.transforms import TanhTransform

OBSERVATION, ACTION, ROWS, SAMPLES, UPDATES = 3, 2, 5, 4, 3
HIDDEN = (8, 6)
DISCOUNT, POLYAK, CRITIC_RATE, POLICY_RATE = 0.97, 0.02, 3e-3, 1e-3


def network(inputs, outputs):
    sizes = (inputs, *HIDDEN, outputs)
    parts = []
    for a, b in zip(sizes, sizes[1:]):
        parts += [nn.Linear(a, b), nn.ReLU()]
    return nn.Sequential(*parts[:-1])


def flat(modules):
    return torch.cat([p.detach().reshape(-1) for m in modules for p in m.parameters()]).numpy().copy()


def flat_gradient(modules):
    return torch.cat([p.grad.reshape(-1) for m in modules for p in m.parameters()]).numpy().copy()


def distribution(policy, observation):
    mean, log_std = policy(observation).split(ACTION, dim=-1)
    base = Independent(Normal(mean, torch.clamp(log_std, -20, 2).exp()), 1)
    return base, TransformedDistribution(base, [TanhTransform(cache_size=1)])


def sample(policy, observation, standard):
    """Actions [K, B, A] and log densities [K, B] for standard normals [B, K, A]."""
    base, squashed = distribution(policy, observation)
    mean, std = base.base_dist.loc, base.base_dist.scale
    action = torch.tanh(mean + std * standard.transpose(0, 1))
    # The density of the squashed variable by the change of variables, with the tanh's slope taken as it is.
    u = mean + std * standard.transpose(0, 1)
    density = base.log_prob(u) - torch.log(1 - torch.tanh(u) ** 2).sum(-1)
    return action, density


def value(critic, observation, action):
    """[B, S] and [K, B, A] to [K, B]."""
    return critic(torch.cat([observation.expand(len(action), -1, -1), action], -1)).squeeze(-1)


def fixture(seed, lagrange, backup_entropy, cloning_updates):
    torch.manual_seed(seed)
    critics = [network(OBSERVATION + ACTION, 1) for _ in range(2)]
    targets = copy.deepcopy(critics)
    policy = network(OBSERVATION, 2 * ACTION)
    log_alpha = torch.zeros(1, requires_grad=True)
    log_multiplier = torch.zeros(2, requires_grad=True)
    critic_optimizer = torch.optim.Adam([p for c in critics for p in c.parameters()], lr=CRITIC_RATE)
    policy_optimizer = torch.optim.Adam(policy.parameters(), lr=POLICY_RATE)
    alpha_optimizer = torch.optim.Adam([log_alpha], lr=POLICY_RATE)
    multiplier_optimizer = torch.optim.Adam([log_multiplier], lr=CRITIC_RATE)
    out = {"before.critics": flat(critics), "before.policy": flat([policy])}

    for update in range(1, UPDATES + 1):
        o, o2 = torch.randn(ROWS, OBSERVATION), torch.randn(ROWS, OBSERVATION)
        a = torch.rand(ROWS, ACTION) * 1.8 - 0.9
        r = torch.randn(ROWS)
        d = (torch.rand(ROWS) < 0.3).double()
        factor, importance = torch.rand(ROWS), 0.5 + torch.rand(ROWS)
        eps, eps2 = torch.randn(ROWS, 1 + SAMPLES, ACTION), torch.randn(ROWS, 1 + SAMPLES, ACTION)
        uniform = torch.rand(ROWS, SAMPLES, ACTION) * 2 - 1

        alpha = log_alpha.exp().detach()
        pi, log_pi = sample(policy, o, eps)
        with torch.no_grad():
            pi2, log_pi2 = sample(policy, o2, eps2)
            v = torch.min(*[value(t, o2, pi2[:1])[0] for t in targets])
            if backup_entropy:
                v = v - alpha * log_pi2[0]
            y = r + DISCOUNT * (1 - d) * v

        critic_loss, multiplier_loss, td_losses, gaps = 0, 0, [], []
        box = Independent(Uniform(-torch.ones(ACTION), torch.ones(ACTION)), 1)
        for critic, log_m in zip(critics, log_multiplier):
            q = value(critic, o, a[None])[0]
            ratios = []
            for k in range(SAMPLES):
                u = uniform[:, k]
                ratios.append(value(critic, o, u[None])[0] - box.log_prob(u.clamp(-1 + 1e-9, 1 - 1e-9)))
                ratios.append(value(critic, o, pi[1 + k][None].detach())[0] - log_pi[1 + k].detach())
                ratios.append(value(critic, o, pi2[1 + k][None])[0] - log_pi2[1 + k])
            # The mean of the ratios, in the log domain.
            highest = torch.stack(ratios).max().detach()
            gap = highest + torch.log(sum(torch.exp(x - highest) for x in ratios) / len(ratios)) - q
            td = (importance * (q - y) ** 2).sum() / ROWS
            weight = torch.clamp(log_m.exp(), 0, 1e6)
            scale = weight.detach() if lagrange else 5.0
            critic_loss = critic_loss + td + scale * (factor * gap).sum() / ROWS
            multiplier_loss = multiplier_loss - weight * (factor * (gap.detach() - (0.5 if lagrange else 0.0))).sum() / ROWS
            td_losses.append(td.detach())
            gaps.append(gap.detach().mean())

        if update <= cloning_updates:
            _, squashed = distribution(policy, o)
            policy_loss = (alpha * log_pi[0] - squashed.log_prob(a)).mean()
        else:
            policy_loss = (alpha * log_pi[0] - torch.min(*[value(c, o, pi[:1])[0] for c in critics])).mean()
        alpha_loss = (-log_alpha * (log_pi[0].detach() - ACTION)).mean()

        grads = torch.autograd.grad(policy_loss, list(policy.parameters()), retain_graph=True)
        critic_optimizer.zero_grad()
        critic_loss.backward(retain_graph=True)
        for p, g in zip(policy.parameters(), grads):
            p.grad = g
        alpha_optimizer.zero_grad()
        alpha_loss.backward()
        multiplier_optimizer.zero_grad()
        multiplier_loss.backward()

        name = f"update{update}."
        columns = [o, a, r, o2, d, factor, importance, torch.cat([eps, eps2]), uniform]
        names = ["observation", "action", "reward", "next_observation", "terminated", "conservative_factor", "importance",
                 "normal", "uniform"]
        for key, column in zip(names, columns):
            out[name + key] = column.numpy().copy()
        out[name + "losses"] = np.array([x.item() for x in (critic_loss, policy_loss, alpha_loss, multiplier_loss)])
        out[name + "td_loss"] = np.array([torch.stack(td_losses).mean().item()])
        out[name + "conservative_gap"] = np.array([torch.stack(gaps).mean().item()])
        out[name + "gradient.critics"] = flat_gradient(critics)
        out[name + "gradient.policy"] = flat_gradient([policy])
        out[name + "gradient.log_temperature"] = log_alpha.grad.numpy().copy()
        out[name + "gradient.log_multiplier"] = log_multiplier.grad.numpy().copy()

        critic_optimizer.step()
        policy_optimizer.step()
        alpha_optimizer.step()
        if lagrange:
            multiplier_optimizer.step()
        with torch.no_grad():
            for target, critic in zip(targets, critics):
                for t, p in zip(target.parameters(), critic.parameters()):
                    t.copy_(POLYAK * p + (1 - POLYAK) * t)

    out["after.critics"], out["after.policy"] = flat(critics), flat([policy])
    out["after.log_temperature"] = log_alpha.detach().numpy().copy()
    out["after.log_multiplier"] = log_multiplier.detach().numpy().copy()
    out["after.critics.target"] = flat(targets)
    return out


def main():
    torch.set_default_dtype(torch.float64)
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    np.savez(directory / "cql_sac_fixed.npz", **fixture(1, False, False, 0))
    np.savez(directory / "cql_sac_lagrange.npz", **fixture(2, True, True, 0))
    np.savez(directory / "cql_sac_cloning.npz", **fixture(3, False, False, 2))


if __name__ == "__main__":
    main()
