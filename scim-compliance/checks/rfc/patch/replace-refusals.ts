import type { Check } from '../../../check.ts'
import type { Answer, Stage } from '../../../stage.ts'
import { needWritable } from '../../tools/attributes.ts'
import { refusalsOf } from '../checks-of.ts'
import { patchReplaceArea } from './areas.ts'

async function replaceDisplay(stage: Stage, filter: string): Promise<Answer> {
  needWritable(stage.users, 'emails.value', 'emails.type')
  const value = `${stage.unique()}@example.com`
  const made = await stage.create(stage.users, { emails: [{ type: 'work', value, primary: true }] })
  return stage.patch(made.path, { op: 'replace', path: `emails[${filter}].display`, value: 'Somebody' })
}

export const checks: readonly Check[] = refusalsOf(patchReplaceArea, [
  {
    id: 'refuses-no-match',
    says: 'replace with a filter that matches nothing is refused.',
    requirements: ['R-193'],
    matters: 'The client believes that a number or address was changed.',
    mend: 'Answer it with 400 and noTarget.',
    scimTypes: ['noTarget'],
    control: stage => replaceDisplay(stage, 'type eq "work"'),
    send: stage => replaceDisplay(stage, 'value eq "nobody@example.org"'),
  },
])
