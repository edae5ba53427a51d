import type { Check } from '../check.ts'
import { checks as entraCreate } from './entra/create.ts'
import { checks as entraDelete } from './entra/delete.ts'
import { checks as entraDisable } from './entra/disable.ts'
import { checks as entraGroups } from './entra/groups.ts'
import { checks as entraLoad } from './entra/load.ts'
import { checks as entraLookUp } from './entra/look-up.ts'
import { checks as entraManager } from './entra/manager.ts'
import { checks as entraMembers } from './entra/members.ts'
import { checks as entraProbe } from './entra/probe.ts'
import { checks as entraRoles } from './entra/roles.ts'
import { checks as entraUpdate } from './entra/update.ts'
import { checks as entraUpdateMore } from './entra/update-more.ts'
import { checks as entraValidator } from './entra/validator.ts'
import { checks as rfcAuthentication } from './rfc/authentication.ts'
import { checks as rfcCommonAttributes } from './rfc/common-attributes.ts'
import { checks as rfcCreate } from './rfc/create.ts'
import { checks as rfcCursorPaging } from './rfc/cursor-paging.ts'
import { checks as rfcDelete } from './rfc/delete.ts'
import { checks as rfcDiscovery } from './rfc/discovery.ts'
import { checks as rfcEnterprise } from './rfc/enterprise.ts'
import { checks as rfcErrors } from './rfc/errors.ts'
import { checks as rfcFilterErrors } from './rfc/filter-errors.ts'
import { checks as rfcFilterGrammar } from './rfc/filter-grammar.ts'
import { checks as rfcFilterOperators } from './rfc/filter-operators.ts'
import { checks as rfcFilterPaths } from './rfc/filter-paths.ts'
import { checks as rfcGroups } from './rfc/groups.ts'
import { checks as rfcIndexPaging } from './rfc/index-paging.ts'
import { checks as rfcMeta } from './rfc/meta.ts'
import { checks as rfcPatchAdd } from './rfc/patch-add.ts'
import { checks as rfcPatchPaths } from './rfc/patch-paths.ts'
import { checks as rfcPatchRemove } from './rfc/patch-remove.ts'
import { checks as rfcPatchReplace } from './rfc/patch-replace.ts'
import { checks as rfcProjection } from './rfc/projection.ts'
import { checks as rfcPut } from './rfc/put.ts'
import { checks as rfcResourceModel } from './rfc/resource-model.ts'
import { checks as rfcRetrieve } from './rfc/retrieve.ts'
import { checks as rfcSearch } from './rfc/search.ts'
import { checks as rfcSort } from './rfc/sort.ts'
import { checks as rfcTransport } from './rfc/transport.ts'
import { checks as rfcUsers } from './rfc/users.ts'
import { checks as rfcValues } from './rfc/values.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [
  ...rfcAuthentication,
  ...rfcCommonAttributes,
  ...rfcCreate,
  ...rfcCursorPaging,
  ...rfcDelete,
  ...rfcDiscovery,
  ...rfcEnterprise,
  ...rfcErrors,
  ...rfcFilterErrors,
  ...rfcFilterGrammar,
  ...rfcFilterOperators,
  ...rfcFilterPaths,
  ...rfcGroups,
  ...rfcIndexPaging,
  ...rfcMeta,
  ...rfcPatchAdd,
  ...rfcPatchPaths,
  ...rfcPatchRemove,
  ...rfcPatchReplace,
  ...rfcProjection,
  ...rfcPut,
  ...rfcResourceModel,
  ...rfcRetrieve,
  ...rfcSearch,
  ...rfcSort,
  ...rfcTransport,
  ...rfcUsers,
  ...rfcValues,
  ...entraCreate,
  ...entraDisable,
  ...entraGroups,
  ...entraLookUp,
  ...entraManager,
  ...entraMembers,
  ...entraProbe,
  ...entraRoles,
  ...entraUpdateMore,
  ...entraUpdate,
  ...entraDelete,
]
