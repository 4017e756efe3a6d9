# Lays out what `npm run build` made. PREFIX and DESTDIR as usual; ARCHITECTURE names a folder of dist/.
#
#   make install PREFIX=/usr DESTDIR=/tmp/package
#
# Hooks of image builders are asked for one by one (docs/initramfs.md), after that:
#
#   make install-mkinitcpio|install-dracut|install-initramfs-tools PREFIX=... DESTDIR=...

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
# Builders look for hooks here alone, whatever PREFIX is.
initcpiodir = /usr/lib/initcpio
dracutdir = /usr/lib/dracut/modules.d
initramfstoolsdir = /usr/share/initramfs-tools
kernelinstalldir = /usr/lib/kernel/install.d

EXECUTABLE = dist/$(ARCHITECTURE)/postern
SERVERS = tinysshd tinysshnoneauthd tinysshd-makekey tinysshd-printkey
TOOLS = tinyssh-convert tinyssh-keyconvert ssh-tpm-keygen ssh-tpm-agent ssh-tpm-add ssh-tpm-hostkeys postern-seal postern-unseal
UNITS = $(notdir $(wildcard boot/systemd/*.socket boot/systemd/*.service))
DRACUT = 98postern-network/module-setup.sh 99postern/module-setup.sh
INITRAMFSTOOLS = hooks/postern conf-hooks.d/postern scripts/init-premount/postern scripts/init-bottom/postern
USERUNITS = $(notdir $(wildcard boot/systemd/user/*))

# A hook with the places of what it runs.
PLACE = sed 's|@bindir@|$(bindir)|g; s|@libexecdir@|$(libexecdir)|g'

.PHONY: all install install-mkinitcpio install-dracut install-initramfs-tools uninstall

all: $(EXECUTABLE)

$(EXECUTABLE):
	@echo 'make: $@ is not built yet: run npm install && npm run build' >&2; exit 1

install: $(EXECUTABLE)
	install -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) $(DESTDIR)$(libexecdir) $(DESTDIR)$(man1dir) $(DESTDIR)$(man8dir) $(DESTDIR)$(unitdir) $(DESTDIR)$(userunitdir) $(DESTDIR)$(docdir)
	install -m 755 $(EXECUTABLE) $(DESTDIR)$(bindir)/postern
	install -m 755 $(EXECUTABLE)-boot $(DESTDIR)$(libexecdir)/postern-boot
	install -m 644 boot/initramfs/*.sh boot/mkinitcpio/tree.bash $(DESTDIR)$(libexecdir)
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
	install -m 644 README.md LICENSE CHANGELOG.md SECURITY.md docs/log.md docs/initramfs.md docs/threat-model.md boot/systemd/tinysshd.default boot/initramfs.conf boot/fail2ban/postern.conf $(DESTDIR)$(docdir)

install-mkinitcpio:
	install -d $(DESTDIR)$(initcpiodir)/install $(DESTDIR)$(initcpiodir)/post $(DESTDIR)$(kernelinstalldir)
	for name in install/postern install/postern-network post/postern; do \
	  $(PLACE) boot/mkinitcpio/$$name > $(DESTDIR)$(initcpiodir)/$$name || exit 1; done
	$(PLACE) boot/kernel-install/65-postern.install > $(DESTDIR)$(kernelinstalldir)/65-postern.install
	chmod 644 $(DESTDIR)$(initcpiodir)/install/postern $(DESTDIR)$(initcpiodir)/install/postern-network
	chmod 755 $(DESTDIR)$(initcpiodir)/post/postern $(DESTDIR)$(kernelinstalldir)/65-postern.install

install-dracut:
	install -d $(DESTDIR)$(kernelinstalldir)
	for name in $(DRACUT); do \
	  install -D -m 755 boot/dracut/$$name $(DESTDIR)$(dracutdir)/$$name && \
	  $(PLACE) boot/dracut/$$name > $(DESTDIR)$(dracutdir)/$$name || exit 1; done
	$(PLACE) boot/kernel-install/65-postern.install > $(DESTDIR)$(kernelinstalldir)/65-postern.install
	chmod 755 $(DESTDIR)$(kernelinstalldir)/65-postern.install
	install -D -m 755 boot/dracut/postinst.d/postern $(DESTDIR)/etc/kernel/postinst.d/postern
	$(PLACE) boot/dracut/postinst.d/postern > $(DESTDIR)/etc/kernel/postinst.d/postern

install-initramfs-tools:
	for name in $(INITRAMFSTOOLS); do \
	  install -D -m 755 boot/initramfs-tools/$$name $(DESTDIR)$(initramfstoolsdir)/$$name && \
	  $(PLACE) boot/initramfs-tools/$$name > $(DESTDIR)$(initramfstoolsdir)/$$name || exit 1; done
	chmod 644 $(DESTDIR)$(initramfstoolsdir)/conf-hooks.d/postern
	install -D -m 755 boot/initramfs-tools/post-update.d/postern $(DESTDIR)/etc/initramfs/post-update.d/postern
	$(PLACE) boot/initramfs-tools/post-update.d/postern > $(DESTDIR)/etc/initramfs/post-update.d/postern

uninstall:
	rm -f $(DESTDIR)$(bindir)/postern
	for name in $(SERVERS); do rm -f $(DESTDIR)$(sbindir)/$$name; done
	for name in $(TOOLS); do rm -f $(DESTDIR)$(bindir)/$$name; done
	for page in $(notdir $(wildcard docs/man/*.1)); do rm -f $(DESTDIR)$(man1dir)/$$page; done
	for page in $(notdir $(wildcard docs/man/*.8)); do rm -f $(DESTDIR)$(man8dir)/$$page; done
	for unit in $(UNITS); do rm -f $(DESTDIR)$(unitdir)/$$unit; done
	for unit in $(USERUNITS); do rm -f $(DESTDIR)$(userunitdir)/$$unit; done
	rm -f $(DESTDIR)$(initcpiodir)/install/postern $(DESTDIR)$(initcpiodir)/install/postern-network
	rm -f $(DESTDIR)$(initcpiodir)/post/postern $(DESTDIR)$(kernelinstalldir)/65-postern.install
	rm -rf $(DESTDIR)$(dracutdir)/98postern-network $(DESTDIR)$(dracutdir)/99postern
	for name in $(INITRAMFSTOOLS); do rm -f $(DESTDIR)$(initramfstoolsdir)/$$name; done
	rm -f $(DESTDIR)/etc/initramfs/post-update.d/postern $(DESTDIR)/etc/kernel/postinst.d/postern
	rm -rf $(DESTDIR)$(libexecdir) $(DESTDIR)$(docdir)
