import type { Check } from '../../../check.ts'
import { checks as addresses } from './addresses.ts'
import { checks as credentials } from './credentials.ts'
import { checks as discovery } from './discovery.ts'
import { checks as encoding } from './encoding.ts'
import { checks as mediaTypes } from './media-types.ts'
import { checks as serviceConfig } from './service-config.ts'
import { checks as unauthenticated } from './unauthenticated.ts'

export const checks: readonly Check[] = [
  ...serviceConfig,
  ...discovery,
  ...encoding,
  ...mediaTypes,
  ...addresses,
  ...credentials,
  ...unauthenticated,
]
