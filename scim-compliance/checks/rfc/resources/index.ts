import type { Check } from '../../../check.ts'
import { checks as enterpriseAttributes } from './enterprise-attributes.ts'
import { checks as enterpriseSchema } from './enterprise-schema.ts'
import { checks as externalIds } from './external-ids.ts'
import { checks as groups } from './groups.ts'
import { checks as groupsOfUsers } from './groups-of-users.ts'
import { checks as ids } from './ids.ts'
import { checks as listedSchemas } from './listed-schemas.ts'
import { checks as members } from './members.ts'
import { checks as meta } from './meta.ts'
import { checks as metaIdentity } from './meta-identity.ts'
import { checks as metaTimes } from './meta-times.ts'
import { checks as passwords } from './passwords.ts'
import { checks as sentSchemas } from './sent-schemas.ts'
import { checks as spelling } from './spelling.ts'
import { checks as userForms } from './user-forms.ts'
import { checks as userNames } from './user-names.ts'
import { checks as userValues } from './user-values.ts'
import { checks as values } from './values.ts'

export const checks: readonly Check[] = [
  ...spelling,
  ...listedSchemas,
  ...sentSchemas,
  ...ids,
  ...externalIds,
  ...meta,
  ...metaTimes,
  ...metaIdentity,
  ...values,
  ...userNames,
  ...passwords,
  ...userForms,
  ...userValues,
  ...groups,
  ...members,
  ...groupsOfUsers,
  ...enterpriseAttributes,
  ...enterpriseSchema,
]
