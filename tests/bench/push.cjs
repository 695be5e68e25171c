// npm's web-push, as its README has it, many at once over lines that stay open: a plan comes in, seconds go out.
"use strict";

const https = require("node:https");
const { readFileSync } = require("node:fs");

const plan = JSON.parse(readFileSync(0, "utf8"));
const webpush = require(plan.library);
webpush.setVapidDetails("mailto:drift@narlinjen.example", plan.public, plan.private);
const agent = new https.Agent({ keepAlive: true, maxSockets: plan.atOnce });

async function send(many) {
  let left = many;
  async function one() {
    while (left-- > 0) {
      const subscription = plan.subscriptions[left % plan.subscriptions.length];
      const answer = await webpush.sendNotification(subscription, plan.text, { TTL: 3600, urgency: "high", agent });
      if (answer.statusCode !== 201) throw new Error(`answered ${answer.statusCode}`);
    }
  }
  await Promise.all(Array.from({ length: plan.atOnce }, one));
}

async function main() {
  await send(plan.atOnce);
  const began = process.hrtime.bigint();
  await send(plan.many);
  console.log(Number(process.hrtime.bigint() - began) / 1e9);
  agent.destroy();
}

main();
