/** Compares our server with Debian's tinysshd, sshd and dropbear in one interleaved run: `npm run bench`. */
