import type { Stage } from '../../stage.ts'

/** Everybody wants values of their own where they are unique, and addresses where they are checked. */
export const newValue = (stage: Stage, path: string): string =>
  path.startsWith('emails')
    ? `${stage.unique()}@example.com`
    : path.includes('country')
      ? 'France'
      : (newValues[path] ?? 'Second')

const newValues: Readonly<Record<string, string>> = {
  preferredLanguage: 'fr-FR',
  'phoneNumbers[type eq "work"].value': '+44 131 496 0101',
  'phoneNumbers[type eq "mobile"].value': '+44 131 496 0102',
  'phoneNumbers[type eq "fax"].value': '+44 131 496 0103',
}
