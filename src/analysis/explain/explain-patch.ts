import { ScimError } from '../../scim/error.ts'
import type { JsonObject } from '../../scim/json.ts'
import { inLowerCase } from '../../scim/message.ts'
import { readPatchEnvelope } from '../../scim/patch/parse.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { ExplainedOperation } from './explanation.ts'
import { memberDifference } from './member-events.ts'
import { type Effect, effectInWords, hadEffect } from './operation-words.ts'
import { type SentPatch, type Step, stepsOf } from './patch-steps.ts'

/** What each operation of a PATCH did, or why it was refused; nothing for what couldn't be read at all. */
export function explainPatch(patch: SentPatch): readonly ExplainedOperation[] {
  const sent = sentIn(patch)
  const steps = patch.before === undefined ? [] : stepsOf(patch, sent, patch.before)
  const refusedAt = steps.findIndex(({ refusal }) => refusal !== undefined)
  const isKnown = steps.length > 0 && refusedAt >= 0 === (patch.refusal !== undefined)
  return sent.map((object, index) => ({
    index,
    ...asSent(object),
    ...(isKnown ? toldBy(patch.type, steps[index], refusedAt) : untold(patch)),
  }))
}

function sentIn({ body, profile }: SentPatch): readonly JsonObject[] {
  try {
    return readPatchEnvelope(body, profile.reads)
  } catch (error) {
    if (error instanceof ScimError) return []
    throw error
  }
}

function asSent(object: JsonObject): Pick<ExplainedOperation, 'op' | 'path' | 'value'> {
  const { op, path, value } = lowered(object)
  return {
    op: typeof op === 'string' ? op : JSON.stringify(op ?? null),
    ...(typeof path === 'string' && { path }),
    ...(value !== undefined && { value }),
  }
}

/** Of what names a member twice nobody can say which one counts. */
function lowered(object: JsonObject): JsonObject {
  try {
    return inLowerCase(object, 'It')
  } catch {
    return {}
  }
}

type Told = Pick<ExplainedOperation, 'outcome' | 'words' | 'differences'>

/** Where the request was refused by something else than an operation, or nobody knows any more. */
const untold = ({ refusal }: SentPatch): Told => ({
  outcome: 'not-reached',
  words:
    refusal === undefined
      ? "What it did can't be told any more: the history of the resource is gone, or the tenant reads requests in another way now."
      : `Not carried out, for the request was refused as a whole: ${refusal}`,
  differences: [],
})

function toldBy(type: ResourceType, step: Step | undefined, refusedAt: number): Told {
  const refusedOne = `Operations[${refusedAt}] was refused`
  if (step?.refusal !== undefined)
    return { outcome: 'refused', words: `Refused: ${step.refusal}`, differences: [] }
  if (!step?.effect)
    return { outcome: 'not-reached', words: `Not reached, for ${refusedOne}.`, differences: [] }
  const { effect } = step
  const words = effectInWords(effect)
  const isTakenBack = refusedAt >= 0 && hadEffect(effect)
  return {
    outcome: hadEffect(effect) ? 'changed' : 'no-effect',
    words: isTakenBack ? `${words} Taken back, for ${refusedOne}.` : words,
    differences: allDifferences(type, effect),
  }
}

function allDifferences({ attributes }: ResourceType, { differences, memberships }: Effect) {
  const relation = attributes.find(attribute => attribute.relation === 'members')
  return relation
    ? [...differences, ...memberships.map(event => memberDifference(relation, event))]
    : differences
}
