import type { Check } from '../check.ts'
import { expectStatus, fail, shown, skip } from '../expect.ts'
import { isObject, type JsonObject } from '../json.ts'
import type { Answer, Made, Stage, TypeAtHand } from '../stage.ts'
import { idIn } from './ownership.ts'
import { isAboutCreating, isSuccess, type Refused, refusedBy } from './refused.ts'

type Means = Pick<Stage, 'send' | 'sample'> & {
  /** Undefined where no check asks. */
  readonly check: Check | undefined
  /** Told when the rights are found to be too few. */
  readonly forbid: (type: TypeAtHand, refused: Refused) => void
}

/**
 * Makes what a check works on. That it can't be made fails the check only where it is about that: where it looks at
 * creating, or gives another value of what every resource has, or makes again what it has made before.
 */
export function makerFor({ send, sample, check, forbid }: Means): Stage['create'] {
  const madeBefore = new Set<string>()
  return async (type, given = {}) => {
    const sent = sample(type, given)
    const answer = await send('POST', type.endpoint, { body: sent })
    const what = `${type.name} ${namesIn(sent)}`
    if (isMade(answer, check)) {
      madeBefore.add(what)
      return madeOf(type, sent, answer)
    }
    const refused = refusedBy(type, answer)
    const isForbidden = refused.why === 'unasked'
    if (isForbidden) forbid(type, refused)
    const again = madeBefore.has(what) || (hasValues(given) && namesIn(sent) === namesIn(sample(type)))
    if (isForbidden || !(isAboutCreating(check) || (again && isRefusal(answer)))) skip(refused.reason)
    expectStatus(answer, 201)
    return fail(
      'an id of what was created',
      shown(isObject(answer.body) ? answer.body.id : undefined),
      answer,
    )
  }
}

/** Some servers answer 200, which is told by those checks that are about it. */
const isMade = (answer: Answer, check: Check | undefined): boolean =>
  (isAboutCreating(check) ? answer.status === 201 : isSuccess(answer)) && idIn(answer.body) !== undefined

const madeOf = (type: TypeAtHand, sent: JsonObject, answer: Answer): Made => {
  const id = idIn(answer.body) ?? ''
  const body = isObject(answer.body) ? answer.body : {}
  return { id, path: `${type.endpoint}/${encodeURIComponent(id)}`, sent, body, answer }
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0

const namesIn = (body: JsonObject): string =>
  Object.keys(body)
    .filter(name => !isEmpty(body[name]))
    .sort()
    .join()

const hasValues = (given: JsonObject): boolean => Object.keys(given).length > 0

/** Who asks too often, or meets a fault, isn't refused for what was sent. */
const isRefusal = ({ status }: Answer): boolean => status >= 400 && status < 500 && status !== 429
