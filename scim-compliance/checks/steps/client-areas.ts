import type { Blame, Check, Consequence, Level, Need, Prediction, Suite } from '../../check.ts'
import { compact } from '../../scim.ts'
import { type Form, type over, runOf } from '../forms.ts'

type Area = {
  readonly area: string
  readonly section: string
  readonly needs?: readonly Need[]
  readonly after?: readonly string[]
  /** Of checks that name none; by default, `shown-wrong`. */
  readonly effect?: ClientCheck['effect']
}

type Subject = Pick<Check, 'run'> | Form | ReturnType<typeof over>

export type ClientCheck = Pick<
  Check,
  | 'description'
  | 'rationale'
  | 'remedy'
  | 'gradeAtMost'
  | 'wrongCredentials'
  | 'load'
  | 'after'
  | 'blame'
  | 'protects'
  | 'when'
  | 'needs'
> & {
  /** `write`: by whether the request was rejected, or accepted without effect. Omitted: the client doesn't notice. */
  readonly effect?: Consequence['effect'] | 'write'
  readonly leadsTo?: string
  readonly accepted?: string
} & Subject

export type Client = {
  readonly suite: Exclude<Suite, 'rfc'>
  /** What follows a rejected write, and one that is accepted without effect: sentences after `leadsTo`. */
  readonly rejected: { readonly effect: Consequence['effect']; readonly sentence: string }
  readonly accepted: string
  /** A `when` in which the client only reports a rejected write, and neither retries nor loses it. */
  readonly reportsOnly?: string
}

export const defineClientArea =
  ({ suite, rejected, accepted, reportsOnly }: Client) =>
  ({ area, section, needs: usual, after: before = [], effect: usualEffect = 'shown-wrong' }: Area) =>
  (id: string, level: Level, source: string, check: ClientCheck): Check => {
    const {
      needs = usual,
      leadsTo,
      effect = leadsTo === undefined ? undefined : usualEffect,
      accepted: ownAccepted = accepted,
      after = [],
      blame = [],
      ...rest
    } = check
    const whole = `${suite}/${area}/${id}`
    const isOnlyReported = rest.when !== undefined && rest.when === reportsOnly
    const plain = (kind: Consequence['effect'], summary: string): Prediction => ({ effect: kind, summary })
    const usually: readonly Blame[] =
      effect === undefined || leadsTo === undefined
        ? []
        : effect !== 'write' || isOnlyReported
          ? [{ predict: plain(effect === 'write' ? 'shown-wrong' : effect, leadsTo) }]
          : [
              {
                on: ['missing', 'excess', 'wrong type', 'without effect', 'other', '2xx'],
                predict: plain('data-lost', `${leadsTo} ${ownAccepted}`),
              },
              // A failed read proves nothing about the write.
              { if: ({ method }) => method === 'GET', predict: plain(rejected.effect, leadsTo) },
              { predict: plain(rejected.effect, `${leadsTo} ${rejected.sentence}`) },
            ]
    return {
      ...rest,
      id: whole,
      suite,
      client: suite,
      section,
      level,
      source,
      ...compact({ needs }),
      after: [...before, ...after].filter(name => name !== whole),
      blame: [...blame, ...usually],
      run: 'run' in rest ? rest.run : runOf(rest),
    }
  }
