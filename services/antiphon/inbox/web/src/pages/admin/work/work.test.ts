import { describe, expect, it } from "vitest";
import type { Queue, RoutingStep } from "../../../api/types.gen";
import { addBreak, faultsOf, formOf, policyOf, toggled } from "./policy";
import { addStep, EMPTY_STEP, moveStep, removeStep, stepFault, timeline } from "./steps";

const BLANK = { rev: 0, blocking: [], capacity: {}, breaks: [], profiles: [], callback_tries: 0 };

describe("the rules of distribution", () => {
  it("show every default where the company has set nothing", () => {
    const form = formOf(BLANK);
    expect(form.capacity).toEqual({ voice: 1, chat: 3, email: 5, task: 5 });
    expect(form.blocking.voice).toEqual(["voice", "chat"]);
    expect([form.busy_delay, form.no_answer_delay, form.callback_tries, form.callback_retry, form.aging_millipoints]).toEqual([30, 0, 3, 600, 1000]);
  });
  it("go to the server whole, and come back the same", () => {
    const form = { ...formOf(BLANK), no_answer_delay: 60, blocking: { ...formOf(BLANK).blocking, chat: [] } };
    expect(policyOf(form).blocking[1]).toEqual({ wants: "chat", waits_for: [] });
    expect(formOf(policyOf(form))).toEqual(form);
  });
  it("name what is wrong before anything is saved", () => {
    const form = formOf(BLANK);
    expect(faultsOf(form)).toEqual({});
    expect(faultsOf({ ...form, breaks: [{ code: "a", title: "A", paid: false }, { code: "a", title: "B", paid: false }] })).toEqual({ breaks: "f_breaks" });
    expect(faultsOf({ ...form, profiles: [{ name: "Day", queue_ids: [] }] })).toEqual({ profiles: "f_profile_queues" });
    expect(faultsOf({ ...form, capacity: { voice: 0, chat: 0, email: 0, task: 0 } })).toEqual({ capacity: "f_capacity" });
  });
  it("give a new break a code of its own, and keep the order of a row", () => {
    expect(addBreak([{ code: "obid", title: "Обід", paid: false }], "Обід").map((one) => one.code)).toEqual(["obid", "obid_2"]);
    expect(toggled(["chat"], "voice", true)).toEqual(["voice", "chat"]);
  });
});

const queue = (part: Partial<Queue>): Queue => ({
  id: "q", rev: 1, name: "Q", project_id: "", strategy: "longest_idle", members: [], weight: 0, wrap_up: "WRAP_UP_MODE_NONE", dispositions: [], max_waiting: 0, target_share: 0.8, skills: {}, announce_position: false, ask_rating: false, music: "", by_service_level: false, closed: false, steps: [], tier_delays: {}, ...part,
});
const step = (part: Partial<RoutingStep>): RoutingStep => ({ ...EMPTY_STEP, ...part });

describe("a routing plan", () => {
  it("is told in the order in which it happens", () => {
    const lines = timeline(queue({
      sticky_for: "20s", max_wait: "300s", when_late: { way: "WAY_CALLBACK", queue_id: "" }, tier_delays: { 2: 40 }, members: [{ person_id: "a", level: 2, position: 1, penalty: 0 }],
      steps: [step({ only_agent_id: "olga", lasts: "30s" }), step({ skills: { de: 3 }, lasts: "60s" }), step({ replace_skills: true, add_queues: ["q2"] })],
    }));
    expect(lines.map((line) => [line.at, line.is])).toEqual([[0, "last_agent"], [20, "only"], [40, "tier"], [50, "everybody_again"], [50, "skills"], [110, "no_skills"], [110, "queues"], [300, "overflow"]]);
  });
  it("begins with everybody where there are no steps", () => {
    expect(timeline(queue({ skills: { ru: 3 } }))).toEqual([{ at: 0, is: "anybody", strategy: "longest_idle", tier: false }, { at: 0, is: "skills", skills: { ru: 3 }, anyOf: [] }]);
  });
  it("gives the last step an end when another follows, and none when it is the last again", () => {
    const two = addStep(addStep([]));
    expect(two.map((one) => one.lasts)).toEqual(["60s", undefined]);
    expect(removeStep(two, 1).map((one) => one.lasts)).toEqual([undefined]);
    expect(moveStep([step({ lasts: "5s", add_queues: ["a"] }), step({ add_queues: ["b"] })], 0, 1).map((one) => [one.add_queues[0], one.lasts])).toEqual([["b", "5s"], ["a", undefined]]);
  });
  it("says what is wrong with a step", () => {
    expect(stepFault([step({}), step({ add_queues: ["a"] })], 0)).toBe("s_endless");
    expect(stepFault([step({ lasts: "5s" }), step({})], 1)).toBe("s_empty");
    expect(stepFault([step({ overflow: { way: "WAY_QUEUE", queue_id: "" } })], 0)).toBe("s_queue");
    expect(stepFault([step({ only_agent_id: "olga" })], 0)).toBe("s_agent_last");
    expect(stepFault([step({ only_agent_id: "olga", lasts: "20s" }), step({})], 1)).toBeUndefined();
  });
});
