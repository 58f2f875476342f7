import assert from "node:assert/strict";
import { test } from "node:test";
import { createClock } from "../client/clock";
import { createWorld } from "./support/world";

test("before the first sample the user's own clock stands in, and nothing is certain", () => {
  const { environment } = createWorld();
  const clock = createClock(environment);
  assert.equal(clock.now(), environment.wall());
  assert.equal(clock.uncertainty(), Infinity);
  assert.equal(clock.roundTrip(), undefined);
});

test("the sample with the smallest round trip is believed, and half of it is the doubt", async () => {
  const world = createWorld();
  const clock = createClock(world.environment);
  const start = world.environment.monotonic();
  clock.sample(start, start + 100, 5_000_000 + 90); // slow, and most of it on the way there
  clock.sample(start + 100, start + 110, 5_000_000 + 105);
  clock.sample(start + 200, start + 300, 5_000_000 + 210);
  await world.pass(300);
  assert.equal(clock.now(), 5_000_000 + 300);
  assert.equal(clock.uncertainty(), 5);
  assert.equal(clock.roundTrip(), 10);
});

test("only the last eight samples count, so that drift is followed", () => {
  const world = createWorld();
  const clock = createClock(world.environment);
  clock.sample(0, 2, 1_000_001);
  for (let at = 10; at < 90; at += 10) clock.sample(at, at + 4, 2_000_000 + at + 2);
  assert.equal(clock.uncertainty(), 2);
  assert.equal(clock.now(), 2_000_000 + world.environment.monotonic());
});

test("the user's clock may be set without the server's time moving", async () => {
  const world = createWorld();
  const clock = createClock(world.environment);
  const start = world.environment.monotonic();
  clock.sample(start, start + 2, 1_000_001);
  world.setWallForward(-3_600_000);
  await world.pass(1000);
  assert.equal(clock.now(), 1_001_000);
  assert.ok(clock.jumped());
  clock.renew();
  assert.ok(!clock.jumped());
  assert.equal(clock.now(), 1_001_000, "the old estimate holds until there is a new sample");
  clock.sample(start + 1000, start + 1040, 7_001_020);
  assert.equal(clock.uncertainty(), 20, "and then it is forgotten, however good it was");
});

test("a small difference between the clocks is no jump", () => {
  const world = createWorld();
  const clock = createClock(world.environment);
  world.setWallForward(900);
  assert.ok(!clock.jumped());
  world.setWallForward(200);
  assert.ok(clock.jumped());
});
