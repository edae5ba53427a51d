import { main } from '../server/main.ts'

/** `scimulator serve`, and `scimulator` alone. */
export const serve = (flags: readonly string[]): Promise<void> => main(flags)
