import type { Blame, Check, ClientSuite, Level, Need, Prediction } from '../../check.ts'
import { compact } from '../../scim.ts'
import { type Form, type over, runOf } from '../forms.ts'

type Effect = Prediction['effect']

/** `write`: by whether the request was rejected, or accepted without effect. */
type Leads = { readonly effect: Effect | 'write'; readonly summary: string }

const leadingTo =
  (effect: Effect) =>
  (summary: string, topic?: string | false): Prediction =>
    compact({ effect, summary, topic })

export const quarantine = leadingTo('quarantine')
export const notProvisioned = leadingTo('not-provisioned')
export const escrow = leadingTo('escrow')
export const task = leadingTo('task')
export const notLinked = leadingTo('not-linked')
export const dataLost = leadingTo('data-lost')
export const slower = leadingTo('slower')
export const shownWrong = leadingTo('shown-wrong')
export const unwritten = (summary: string): Leads => ({ effect: 'write', summary })

type Subject = Pick<Check, 'run'> | Form | ReturnType<typeof over>

type Texts = 'description' | 'rationale' | 'remedy' | 'when'
type Conditions = 'needs' | 'after' | 'protects' | 'load' | 'wrongCredentials' | 'gradeAtMost'
type Handling = 'creates' | 'unconverted'

export type ClientCheck = Pick<Check, Texts | Conditions | Handling> & {
  readonly blame?: Blame | readonly Blame[]
  /** Of most failures; a text has the effect of the area. Omitted: the client doesn't notice. */
  readonly leadsTo?: string | Leads
  readonly accepted?: string
} & Subject

type Client = {
  readonly suite: ClientSuite
  /** What follows a rejected write, and one that is accepted without effect: sentences after `leadsTo`. */
  readonly rejected: { readonly effect: Effect; readonly sentence: string }
  readonly accepted: string
  /** What all areas need to pass first, and the effect where a check and its area name none; by default, `shown-wrong`. */
  readonly after?: readonly string[]
  readonly effect?: Leads['effect']
  /** A `when` in which the client only reports a rejected write, and neither retries nor loses it. */
  readonly reportsOnly?: string
}

export const defineClientArea =
  ({ suite, rejected, accepted, reportsOnly, after: first = [], effect = 'shown-wrong' }: Client) =>
  (
    area: string,
    section: string,
    usualNeeds?: readonly Need[],
    before: readonly string[] = [],
    usual = effect,
  ) =>
  (id: string, level: Level, source: string, check: ClientCheck): Check => {
    const {
      needs = usualNeeds,
      leadsTo,
      accepted: ownAccepted = accepted,
      after = [],
      blame = [],
      ...rest
    } = check
    const whole = `${suite}/${area}/${id}`
    const isOnlyReported = rest.when !== undefined && rest.when === reportsOnly
    const usually = (): readonly Blame[] => {
      if (leadsTo === undefined) return []
      const { effect, summary } = typeof leadsTo === 'string' ? { effect: usual, summary: leadsTo } : leadsTo
      if (effect !== 'write') return [{ predict: { effect, summary } }]
      if (isOnlyReported) return [{ predict: shownWrong(summary) }]
      return [
        {
          on: ['missing', 'excess', 'wrong type', 'without effect', 'other', '2xx'],
          predict: dataLost(`${summary} ${ownAccepted}`),
        },
        // A failed read proves nothing about the write.
        { if: ({ method }) => method === 'GET', predict: { effect: rejected.effect, summary } },
        { predict: { effect: rejected.effect, summary: `${summary} ${rejected.sentence}` } },
      ]
    }
    return {
      ...rest,
      id: whole,
      suite,
      client: suite,
      section,
      level,
      source,
      ...compact({ needs }),
      after: [...first, ...before, ...after].filter(name => name !== whole),
      blame: [...[blame].flat(), ...usually()],
      run: 'run' in rest ? rest.run : runOf(rest),
    }
  }
