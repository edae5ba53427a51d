import type { Check } from '../../check.ts'
import type { Json, JsonObject } from '../../json.ts'
import { expectKept } from '../tools/expect-kept.ts'
import { needs } from '../tools/offered.ts'
import { expectPatched, operation } from '../tools/patches.ts'
import { createUser } from '../tools/people.ts'
import { disableCheck } from './areas.ts'
import { disabled } from './disabled-user.ts'
import { sources } from './sources.ts'

type Shape = {
  readonly name: string
  readonly how: string
  readonly from: boolean
  readonly sent: JsonObject
  readonly source: string
  readonly dialect: string
}

const shape = (
  name: string,
  how: string,
  [op, path, value]: readonly [string, string | undefined, Json],
  source: string = sources.compatibility,
): Shape => ({
  name,
  how,
  from: !/true/i.test(JSON.stringify(value)),
  sent: operation(op, path, value),
  source,
  dialect: op === op.toLowerCase() ? 'with the flag aadOptscim062020' : 'by default',
})

const shapes: readonly Shape[] = [
  shape('default', 'Replace active with the text "False"', ['Replace', 'active', 'False']),
  shape('documented', 'Replace active with false', ['Replace', 'active', false], sources.tutorial),
  shape('flag', 'replace active with false', ['replace', 'active', false]),
  shape('flag-without-path', 'replace without a path, active false', [
    'replace',
    undefined,
    { active: false },
  ]),
  shape('default-enable', 'Replace active with the text "True"', ['Replace', 'active', 'True']),
  shape('default-enable-add', 'Add active with the text "True"', ['Add', 'active', 'True']),
  shape('flag-enable', 'replace active with true', ['replace', 'active', true]),
]

const byShape = shapes.map(({ name, how, from, sent, source, dialect }) =>
  disableCheck({
    id: name,
    level:
      sources.compatibility === source && !sent.op?.toString().startsWith('Add') && sent.path
        ? 'MUST'
        : 'practice',
    says: `${from ? 'A user is disabled' : 'A disabled user is enabled'} by ${how}.`,
    source,
    matters: `Entra ID sends this ${dialect} when somebody is ${from ? 'disabled, unassigned, out of scope or deleted softly' : 'assigned again or restored'}.`,
    mend: 'Take op in any case and booleans as texts, and keep active as a boolean.',
    effect: from ? 'data-lost' : 'escrow',
    leadsTo: from
      ? `Disabled users stay active, because the server doesn’t take ${how}.`
      : `Users who come back stay disabled, because the server doesn’t take ${how}.`,
    run: async stage => {
      const user = from ? await createUser(stage) : await disabled(stage)
      needs(stage.users, 'active')
      await expectPatched(stage, user.path, sent)
      await expectKept(stage, user.path, { active: !from })
    },
  }),
)

export const checks: readonly Check[] = [...byShape]
