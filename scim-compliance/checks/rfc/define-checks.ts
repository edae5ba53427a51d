import type { Blame, Came, Check, CheckContext, Level, ScimResponse } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { compact } from '../../scim.ts'
import { expectScimType, type Form, over, runOf } from '../forms.ts'
import { normativeSentence } from './normative-sentences.ts'

type Common = 'section' | 'source' | 'needs' | 'after' | 'blame' | 'wrongCredentials'

export type AreaDefaults = Pick<Check, Common> & {
  readonly area: string
  /** Of checks that have none of their own. */
  readonly rationale?: string
}

type Subject = Pick<Check, 'run'> | Form | ReturnType<typeof over>

/** A check without what its area has; its subject is data, or a function where data can't say it. */
export type CheckDefinition = Omit<Check, 'suite' | 'section' | 'source' | 'rationale' | 'run'> &
  Partial<Pick<Check, 'source' | 'rationale'>> &
  Subject

type Rest = Omit<CheckDefinition, 'id' | 'level' | 'requirements'> & Subject

const head =
  (level: Level) =>
  (id: string, requirements: readonly string[], rest: Rest): CheckDefinition =>
    ({ ...rest, id, level, requirements }) as CheckDefinition

export const must = head('MUST')
export const should = head('SHOULD')
export const may = head('MAY')
export const practice = head('practice')

export const defineChecks = (
  { area, ...common }: AreaDefaults,
  own: readonly CheckDefinition[],
): readonly Check[] =>
  own.map(one => {
    const sentence =
      one.level === 'MUST' ? normativeSentence(`${area}/${one.id}`, one.requirements) : undefined
    const id = `rfc/${area}/${one.id}`
    const { rationale = common.rationale } = one
    if (rationale === undefined) throw new Error(`${id} has no rationale.`)
    return {
      ...common,
      ...one,
      rationale,
      ...compact({ sentence }),
      suite: 'rfc',
      id,
      needs: [...new Set([...(common.needs ?? []), ...(one.needs ?? [])])],
      after: [...(common.after ?? []), ...(one.after ?? [])].filter(name => name !== id),
      blame: [...(one.blame ?? []), ...(common.blame ?? [])],
      run: 'run' in one ? one.run : runOf(one),
    }
  })

/** Makes checks of what is created first. */
export const withFixture =
  <Fixture>(create: (context: CheckContext) => Promise<Fixture>) =>
  (test: (fixture: Fixture, context: CheckContext) => Promise<unknown> | unknown): Check['run'] =>
  async context => {
    await test(await create(context), context)
  }

/** A remedy that is more precise than the general one for this status. */
export const remedyEvenFor = (on: Came | number, remedy: string) => ({ remedy, blame: [{ on, remedy }] })

/** Where a check expects 400, and its own remedy is for a success. */
export const refusalBlame: readonly Blame[] = [
  { on: '4xx', remedy: 'Return 400, not another status.' },
  { on: '5xx', remedy: 'Validate the request before you process it, and return 400.' },
]

export type Invalid = Pick<Form, 'given' | 'request'>

type Request = (context: CheckContext) => Promise<ScimResponse>

const rejected = (invalid: Invalid | Request) =>
  typeof invalid === 'function'
    ? async (context: CheckContext) => expectStatus(await invalid(context), 400)
    : { ...invalid, expect: { status: [400] } }

/** Expects 400 for an invalid request. */
export const refuses = (invalid: Invalid | Request) => {
  const subject = rejected(invalid)
  return { blame: refusalBlame, ...(typeof subject === 'function' ? { run: subject } : subject) }
}

/** Expects 400 for each of these. */
export const refusesEach = (rows: Readonly<Record<string, Invalid | Request>>) => ({
  blame: refusalBlame,
  ...over(rows, rejected),
})

/** The reasons in the errors for invalid requests; a row that isn't rejected with 400 doesn't apply. */
export const refusesNamed = (
  requirements: readonly string[],
  after: readonly string[],
  rows: Readonly<Record<string, readonly [invalid: Invalid | Request, ...scimTypes: readonly string[]]>>,
): CheckDefinition =>
  may('refuses-named', [...requirements, 'R-018'], {
    description: 'The errors for invalid requests contain a scimType that names the reason.',
    source: 'RFC 7644 §3.12: “scimType: A SCIM detail error keyword. See Table 9. OPTIONAL.”',
    rationale:
      'Clients use scimType to decide how to handle an error. The status alone isn’t specific enough.',
    remedy: 'Set scimType in the body of the error to the keyword that names the reason.',
    after: ['rfc/errors/body', ...after],
    ...over(rows, ([invalid, ...scimType]) =>
      typeof invalid === 'function'
        ? async context => expectScimType(await invalid(context), scimType)
        : { ...invalid, expect: { scimType } },
    ),
  })
