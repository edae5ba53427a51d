import type { BrokenRule, Profile } from '../../profiles/profile.ts'
import type { Target, TargetRequest } from '../../provisioning/kit/target.ts'
import type { ScimError } from '../../scim/error.ts'
import { compact, isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { openScratch } from '../../storage/sqlite/scratch.ts'
import { collectBrokenRules, evaluatedProfile } from '../analysis/evaluation/evaluated-profile.ts'
import { createScimCopy, type TargetAnswer, toTargetResponse } from '../scim-copy.ts'

export type Rejection = {
  readonly request: TargetRequest
  readonly error: ScimError
  readonly detail: string
  /** The rules of the profile that it violates; the first one rejects it. Empty if another error rejects it. */
  readonly rules: readonly BrokenRule[]
  readonly decisive?: string
}

type DryRunTarget = {
  readonly send: Target
  readonly takeRejections: () => readonly Rejection[]
  readonly close: () => Promise<void>
}

/** A server of the profile in memory, with an empty directory. `at` is its time, in milliseconds since 1970. */
export function createDryRunTarget(profile: Profile, at: number): DryRunTarget {
  const { tenant, store, unchanging, close } = openScratch()
  const clock = () => at
  // Hashing secrets takes long, and nothing reads the hashes.
  const evaluated = evaluatedProfile(profile, 'POST')
  const copy = createScimCopy({ profile: evaluated, store, tenant, clock })
  const trial = createScimCopy({ profile: evaluated, store: unchanging, tenant, clock })
  let rejections: Rejection[] = []

  const findDecisive = async (request: TargetRequest): Promise<string | undefined> => {
    const { body } = request
    if (request.method !== 'POST' || !isObject(body)) return undefined
    for (const { path, changed } of [
      ...changingEachValue(body, undefined),
      ...changingEachValue(body, '-'),
    ]) {
      if ('response' in (await trial.outcome({ ...request, body: changed }))) return path
    }
    return undefined
  }

  const findRules = async (request: TargetRequest): Promise<readonly BrokenRule[]> => {
    const broken = new Map<string, BrokenRule>()
    const rules = collectBrokenRules(evaluated.rules, broken, () => false)
    // A value that a rule rejects may be meaningless to later steps.
    await createScimCopy({ profile: { ...evaluated, rules }, store: unchanging, tenant, clock }).outcome(
      request,
    )
    return [...broken.values()]
  }

  return {
    async send(request) {
      const answer = await copy.answer(request)
      const response = toTargetResponse(answer)
      const { error } = answer
      if (error) {
        const rules = error.rule === undefined ? [] : await findRules(request)
        const isNamed = error.attribute !== undefined || rules.some(({ attributes }) => attributes)
        const decisive = isNamed ? undefined : await findDecisive(request)
        rejections.push({
          request,
          error,
          detail: detailOf(response) ?? error.detail,
          rules,
          ...compact({ decisive }),
        })
      }
      return response
    },
    takeRejections() {
      const taken = rejections
      rejections = []
      return taken
    },
    close,
  }
}

function* changingEachValue(
  object: JsonObject,
  substitute: string | undefined,
  above = '',
): Generator<{ readonly path: string; readonly changed: JsonObject }> {
  for (const [name, value] of Object.entries(object)) {
    if (above === '' && (name === 'schemas' || name === 'meta')) continue
    const path = `${above}${name}`
    const elements: readonly Json[] = Array.isArray(value) ? value : [value]
    for (const [at, element] of elements.entries()) {
      if (!isObject(element)) continue
      const below = `${path}${name.startsWith('urn:') ? ':' : '.'}`
      for (const { path: inner, changed } of changingEachValue(element, substitute, below)) {
        const next = Array.isArray(value) ? elements.with(at, changed) : changed
        yield { path: inner, changed: { ...object, [name]: next } }
      }
    }
    const { [name]: _, ...others } = object
    if (substitute === undefined) yield { path, changed: others }
    else if (typeof value === 'string') yield { path, changed: { ...object, [name]: substitute } }
  }
}

const detailOf = ({ body }: TargetAnswer): string | undefined =>
  isObject(body) && typeof body.detail === 'string' ? body.detail : undefined
