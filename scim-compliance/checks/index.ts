import type { Check } from '../check.ts'
import { checks as entra } from './entra/index.ts'
import { checks as authentication } from './rfc/authentication.ts'
import { checks as commonAttributes } from './rfc/common-attributes.ts'
import { checks as create } from './rfc/create.ts'
import { checks as cursorPaging } from './rfc/cursor-paging.ts'
import { checks as remove } from './rfc/delete.ts'
import { checks as discovery } from './rfc/discovery.ts'
import { checks as enterprise } from './rfc/enterprise.ts'
import { checks as errors } from './rfc/errors.ts'
import { checks as filterErrors } from './rfc/filter-errors.ts'
import { checks as filterGrammar } from './rfc/filter-grammar.ts'
import { checks as filterOperators } from './rfc/filter-operators.ts'
import { checks as filterPaths } from './rfc/filter-paths.ts'
import { checks as groups } from './rfc/groups.ts'
import { checks as indexPaging } from './rfc/index-paging.ts'
import { checks as me } from './rfc/me.ts'
import { checks as meta } from './rfc/meta.ts'
import { checks as patchAdd } from './rfc/patch-add.ts'
import { checks as patchErrors } from './rfc/patch-errors.ts'
import { checks as patchMembers } from './rfc/patch-members.ts'
import { checks as patchPaths } from './rfc/patch-paths.ts'
import { checks as patchRemove } from './rfc/patch-remove.ts'
import { checks as patchReplace } from './rfc/patch-replace.ts'
import { checks as projection } from './rfc/projection.ts'
import { checks as put } from './rfc/put.ts'
import { checks as resourceModel } from './rfc/resource-model.ts'
import { checks as retrieve } from './rfc/retrieve.ts'
import { checks as search } from './rfc/search.ts'
import { checks as sort } from './rfc/sort.ts'
import { checks as transport } from './rfc/transport.ts'
import { checks as users } from './rfc/users.ts'
import { checks as values } from './rfc/values.ts'
import { checks as versions } from './rfc/versions.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [
  ...discovery,
  ...transport,
  ...authentication,
  ...resourceModel,
  ...commonAttributes,
  ...meta,
  ...values,
  ...users,
  ...groups,
  ...enterprise,
  ...create,
  ...retrieve,
  ...projection,
  ...indexPaging,
  ...cursorPaging,
  ...filterOperators,
  ...filterGrammar,
  ...filterPaths,
  ...filterErrors,
  ...sort,
  ...search,
  ...put,
  ...patchAdd,
  ...patchRemove,
  ...patchReplace,
  ...patchPaths,
  ...patchMembers,
  ...patchErrors,
  ...remove,
  ...versions,
  ...me,
  ...errors,
  ...entra,
]
