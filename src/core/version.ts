/** The version: in `--version`, and in what the server says of itself on the wire. Equal to package.json's. */
export const VERSION: string = "0.1.0";
