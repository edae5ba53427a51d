import type { Check, DraftRule, DraftSuite, Level, Need } from '../../check.ts'
import { compact } from '../../scim.ts'
import { type Form, type over, runOf } from '../forms.ts'

export type Draft = Omit<DraftRule, 'rule' | 'section'>

type Subject = Pick<Check, 'run'> | Form | ReturnType<typeof over>

type Texts = 'description' | 'rationale' | 'remedy' | 'sentence' | 'blame'
type Conditions = 'needs' | 'after' | 'protects' | 'load' | 'summary' | 'creates' | 'unconverted'

export type DraftCheck = Pick<Check, Texts | Conditions> & Subject

/**
 * The checks of an area of a draft: by name, rule, section of the draft, and level. A note, which the draft allows or only
 * discourages, is a MAY.
 */
export const defineDraftArea =
  (suite: DraftSuite, draft: Draft) =>
  (area: string, heading: string, usualNeeds: readonly Need[] = [], before: readonly string[] = []) =>
  (name: string, rule: string, section: string, level: Level, check: DraftCheck): Check => {
    const { needs = usualNeeds, after = [], ...rest } = check
    const id = `${suite}/${area}/${name}`
    return {
      ...rest,
      id,
      suite,
      section: heading,
      level,
      draft: { ...draft, rule, section },
      source: `${rule}: ${draft.draft}, draft ${draft.version} of ${draft.date}, §${section}`,
      ...compact({ needs }),
      after: [...before, ...after].filter(one => one !== id),
      run: 'run' in rest ? rest.run : runOf(rest),
    }
  }
