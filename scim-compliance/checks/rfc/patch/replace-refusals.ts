import type { Check } from '../../../check.ts'
import { needWritable } from '../../tools/attributes.ts'
import { refusalsOf } from '../../tools/checks-of.ts'
import { patchReplaceArea } from './areas.ts'

export const checks: readonly Check[] = refusalsOf(patchReplaceArea, [
  {
    id: 'refuses-no-match',
    says: 'replace with a filter that matches nothing is refused.',
    requirements: ['R-193'],
    matters: 'The client believes that a number or address was changed.',
    mend: 'Answer it with 400 and noTarget.',
    scimTypes: ['noTarget'],
    send: async stage => {
      needWritable(stage.users, 'emails.value', 'emails.type')
      const mark = stage.unique()
      const made = await stage.create(stage.users, {
        emails: [{ type: 'work', value: `${mark}@example.com`, primary: true }],
      })
      const path = 'emails[value eq "nobody@example.org"].display'
      return stage.patch(made.path, { op: 'replace', path, value: 'Nobody' })
    },
  },
])
