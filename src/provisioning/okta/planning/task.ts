import { type Attempt, causeText, type Failure as FailureAt } from '../../kit/failure.ts'

export const steps = [
  'profile',
  'user look-up',
  'user create',
  'user read',
  'user update',
  'user activate',
  'user deactivate',
  'group look-up',
  'group create',
  'group read',
  'group update',
  'group delete',
] as const
export type Step = (typeof steps)[number]

export type Failure = FailureAt<Step>

export type Task = Attempt<Step>

const verbs: Readonly<Record<Step, (name: string) => string>> = {
  profile: name => `Error while preparing the profile of ${name}`,
  'user look-up': name => `Error while verifying if user ${name} exists`,
  'user create': name => `Error while creating user ${name}`,
  'user read': name => `Error while trying to read user ${name}`,
  'user update': name => `Error while trying to push profile update for ${name}`,
  'user activate': name => `Error while reactivating user ${name}`,
  'user deactivate': name => `Error while deactivating user ${name}`,
  'group look-up': name => `Error while verifying if group ${name} exists`,
  'group create': name => `Error while creating user group ${name}`,
  'group read': name => `Error while trying to read user group ${name}`,
  'group update': name => `Error while updating user group ${name}`,
  'group delete': name => `Error while deleting user group ${name}`,
}

const beginningOf = (step: Step, name: string, app: string): string => {
  if (step.startsWith('group'))
    return `Unable to update Group Push mapping target App group ${name} in app ${app}`
  if (step === 'user update' || step === 'user read')
    return `Automatic profile push of user ${name} to app ${app} failed`
  if (step === 'user deactivate') return `Automatic deprovisioning of user ${name} from app ${app} failed`
  return `Automatic provisioning of user ${name} to app ${app} failed`
}

/** Sentences about look-ups and creates are Okta's (its help center); the others are formed in the same way. */
export const taskSentence = ({ step, cause }: Failure, name: string, app: string): string =>
  `${beginningOf(step, name, app)}: ${verbs[step](name)}: ${causeText(cause)}`
