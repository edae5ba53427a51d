import type { Check } from '../check.ts'
import { checks as entraCreate } from './entra/create.ts'
import { checks as entraDisable } from './entra/disable.ts'
import { checks as entraLookUp } from './entra/look-up.ts'
import { checks as entraManager } from './entra/manager.ts'
import { checks as entraProbe } from './entra/probe.ts'
import { checks as entraUpdate } from './entra/update.ts'
import { checks as entraUpdateMore } from './entra/update-more.ts'
import { checks as rfcAuthentication } from './rfc/authentication.ts'
import { checks as rfcCommonAttributes } from './rfc/common-attributes.ts'
import { checks as rfcCursorPaging } from './rfc/cursor-paging.ts'
import { checks as rfcDelete } from './rfc/delete.ts'
import { checks as rfcErrors } from './rfc/errors.ts'
import { checks as rfcFilterErrors } from './rfc/filter-errors.ts'
import { checks as rfcFilterGrammar } from './rfc/filter-grammar.ts'
import { checks as rfcFilterOperators } from './rfc/filter-operators.ts'
import { checks as rfcFilterPaths } from './rfc/filter-paths.ts'
import { checks as rfcIndexPaging } from './rfc/index-paging.ts'
import { checks as rfcMeta } from './rfc/meta.ts'
import { checks as rfcProjection } from './rfc/projection.ts'
import { checks as rfcPut } from './rfc/put.ts'
import { checks as rfcResourceModel } from './rfc/resource-model.ts'
import { checks as rfcSearch } from './rfc/search.ts'
import { checks as rfcSort } from './rfc/sort.ts'
import { checks as rfcTransport } from './rfc/transport.ts'
import { checks as rfcValues } from './rfc/values.ts'

/** All checks, in the order in which reports show them. */
export const checks: readonly Check[] = [
  ...rfcAuthentication,
  ...rfcCommonAttributes,
  ...rfcCursorPaging,
  ...rfcDelete,
  ...rfcErrors,
  ...rfcFilterErrors,
  ...rfcFilterGrammar,
  ...rfcFilterOperators,
  ...rfcFilterPaths,
  ...rfcIndexPaging,
  ...rfcMeta,
  ...rfcProjection,
  ...rfcPut,
  ...rfcResourceModel,
  ...rfcSearch,
  ...rfcSort,
  ...rfcTransport,
  ...rfcValues,
  ...entraCreate,
  ...entraDisable,
  ...entraLookUp,
  ...entraManager,
  ...entraProbe,
  ...entraUpdateMore,
  ...entraUpdate,
]
