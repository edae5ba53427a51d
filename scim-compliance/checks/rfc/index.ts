import type { Check } from '../../check.ts'
import { checks as bulk } from './bulk/index.ts'
import { checks as create } from './create/index.ts'
import { checks as deleteChecks } from './delete.ts'
import { checks as errors } from './errors/index.ts'
import { checks as filter } from './filter/index.ts'
import { checks as me } from './me.ts'
import { checks as paging } from './paging/index.ts'
import { checks as patch } from './patch/index.ts'
import { checks as put } from './put/index.ts'
import { checks as read } from './read/index.ts'
import { checks as resources } from './resources/index.ts'
import { checks as schemas } from './schemas/index.ts'
import { checks as search } from './search.ts'
import { checks as service } from './service/index.ts'
import { checks as sort } from './sort/index.ts'
import { checks as versions } from './versions/index.ts'

export const checks: readonly Check[] = [
  ...service,
  ...resources,
  ...create,
  ...read,
  ...paging,
  ...filter,
  ...sort,
  ...search,
  ...put,
  ...patch,
  ...deleteChecks,
  ...bulk,
  ...versions,
  ...me,
  ...errors,
  ...schemas,
]
