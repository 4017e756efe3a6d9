# Lays out what `npm run build` made. PREFIX and DESTDIR as usual; ARCHITECTURE names a folder of dist/.
#
#   make install PREFIX=/usr DESTDIR=/tmp/package

PREFIX ?= /usr/local
DESTDIR ?=
ARCHITECTURE ?= $(shell uname -m)

sbindir = $(PREFIX)/sbin
bindir = $(PREFIX)/bin
libexecdir = $(PREFIX)/lib/postern
man1dir = $(PREFIX)/share/man/man1
man8dir = $(PREFIX)/share/man/man8
unitdir = $(PREFIX)/lib/systemd/system
userunitdir = $(PREFIX)/lib/systemd/user
docdir = $(PREFIX)/share/doc/postern

EXECUTABLE = dist/$(ARCHITECTURE)/postern
SERVERS = tinysshd tinysshnoneauthd tinysshd-makekey tinysshd-printkey
TOOLS = tinyssh-convert tinyssh-keyconvert ssh-tpm-keygen ssh-tpm-agent ssh-tpm-add ssh-tpm-hostkeys postern-seal postern-unseal
UNITS = $(notdir $(wildcard boot/systemd/*.socket boot/systemd/*.service))
USERUNITS = $(notdir $(wildcard boot/systemd/user/*))

.PHONY: all install uninstall

all: $(EXECUTABLE)

$(EXECUTABLE):
	@echo 'make: $@ is not built yet: run npm install && npm run build' >&2; exit 1

install: $(EXECUTABLE)
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir) $(DESTDIR)$(man1dir) $(DESTDIR)$(man8dir) $(DESTDIR)$(unitdir) $(DESTDIR)$(userunitdir) $(DESTDIR)$(docdir)
	install -m 755 $(EXECUTABLE) $(DESTDIR)$(bindir)/postern
	for name in $(SERVERS); do ln -sf ../bin/postern $(DESTDIR)$(sbindir)/$$name; done
	for name in $(TOOLS); do ln -sf postern $(DESTDIR)$(bindir)/$$name; done
	ln -sf ../../bin/postern $(DESTDIR)$(libexecdir)/sftp-server
	install -m 644 docs/man/*.1 $(DESTDIR)$(man1dir)
	install -m 644 docs/man/*.8 $(DESTDIR)$(man8dir)
	for unit in $(UNITS); do \
	  sed 's|@sbindir@|$(sbindir)|g; s|@bindir@|$(bindir)|g' boot/systemd/$$unit > $(DESTDIR)$(unitdir)/$$unit && \
	  chmod 644 $(DESTDIR)$(unitdir)/$$unit || exit 1; done
	for unit in $(USERUNITS); do \
	  sed 's|@bindir@|$(bindir)|g' boot/systemd/user/$$unit > $(DESTDIR)$(userunitdir)/$$unit && \
	  chmod 644 $(DESTDIR)$(userunitdir)/$$unit || exit 1; done
	install -m 644 README.md LICENSE CHANGELOG.md SECURITY.md docs/log.md docs/threat-model.md boot/systemd/tinysshd.default boot/fail2ban/postern.conf $(DESTDIR)$(docdir)

uninstall:
	rm -f $(DESTDIR)$(bindir)/postern
	for name in $(SERVERS); do rm -f $(DESTDIR)$(sbindir)/$$name; done
	for name in $(TOOLS); do rm -f $(DESTDIR)$(bindir)/$$name; done
	for page in $(notdir $(wildcard docs/man/*.1)); do rm -f $(DESTDIR)$(man1dir)/$$page; done
	for page in $(notdir $(wildcard docs/man/*.8)); do rm -f $(DESTDIR)$(man8dir)/$$page; done
	for unit in $(UNITS); do rm -f $(DESTDIR)$(unitdir)/$$unit; done
	for unit in $(USERUNITS); do rm -f $(DESTDIR)$(userunitdir)/$$unit; done
	rm -rf $(DESTDIR)$(libexecdir) $(DESTDIR)$(docdir)
