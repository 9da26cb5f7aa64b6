/** The command as it is typed in a checkout, for hints that a reader may copy. */
export const COMMAND = "npx srlm";
