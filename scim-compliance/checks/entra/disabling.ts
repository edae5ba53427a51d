import type { Check } from '../../check.ts'
import type { Json, JsonObject } from '../../json.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { disableCheck, flagged } from './areas.ts'
import { disabled } from './disabled-user.ts'
import { hidden } from './foreseen.ts'
import { sources } from './sources.ts'

type Shape = {
  readonly name: string
  readonly how: string
  readonly from: boolean
  readonly sent: JsonObject
  readonly source: string
  readonly matters: string
  readonly when?: string
}

const isOff = (value: Json): boolean => !/true/i.test(JSON.stringify(value))

const whenSent = (op: string, value: Json): string =>
  `Entra ID sends this ${op === op.toLowerCase() ? 'with the flag aadOptscim062020' : 'by default'} when somebody is ${isOff(value) ? 'disabled, unassigned, out of scope or deleted softly' : 'assigned again or restored'}.`

const shape = (
  name: string,
  how: string,
  [op, path, value]: readonly [string, string | undefined, Json],
  {
    source = sources.compatibility,
    matters = whenSent(op, value),
    when = op === op.toLowerCase() ? flagged : undefined,
  }: Partial<Pick<Shape, 'source' | 'matters' | 'when'>> = {},
): Shape => ({
  name,
  how,
  from: isOff(value),
  sent: operation(op, path, value),
  source,
  matters,
  ...(when !== undefined && { when }),
})

const shapes: readonly Shape[] = [
  shape('default', 'Replace active with the text "False"', ['Replace', 'active', 'False']),
  shape('documented', 'Replace active with false', ['Replace', 'active', false], {
    source: sources.tutorial,
    matters: 'Microsoft’s tutorial shows this for somebody who is disabled, with a boolean.',
    when: 'Entra sends active as a boolean, as in Microsoft’s tutorial',
  }),
  shape('flag', 'replace active with false', ['replace', 'active', false]),
  shape(
    'flag-without-path',
    'replace without a path, active false',
    ['replace', undefined, { active: false }],
    {
      matters:
        'With the flag aadOptscim062020, Entra ID merges what has no filter into one operation without a path; active may come along.',
    },
  ),
  shape('default-enable', 'Replace active with the text "True"', ['Replace', 'active', 'True']),
  shape('default-enable-add', 'Add active with the text "True"', ['Add', 'active', 'True'], {
    matters: 'Entra ID sends Add for what it is shown without a value, as active may be.',
    when: 'the server shows disabled users without active',
  }),
  shape('flag-enable', 'replace active with true', ['replace', 'active', true]),
]

const byShape = shapes.map(({ name, how, from, sent, source, matters, when }) =>
  disableCheck({
    id: name,
    level:
      sources.compatibility === source && !sent.op?.toString().startsWith('Add') && sent.path
        ? 'MUST'
        : 'practice',
    says: `${from ? 'A user is disabled' : 'A disabled user is enabled'} by ${how}.`,
    source,
    matters,
    mend: 'Take op in any case and booleans as texts, and keep active as a boolean.',
    effect: 'write',
    ...(when !== undefined && { when }),
    leadsTo: from
      ? `Disabled users stay active, because the server doesn’t apply ${how}.`
      : `Users who come back stay disabled, because the server doesn’t apply ${how}.`,
    foresee: seen => (from ? hidden(seen) : undefined),
    run: async stage => {
      const user = from ? await createUser(stage) : await disabled(stage)
      needs(stage.users, 'active')
      await expectPatched(stage, user.path, sent)
      await expectKept(stage, user.path, { active: !from })
    },
  }),
)

export const checks: readonly Check[] = [...byShape]
