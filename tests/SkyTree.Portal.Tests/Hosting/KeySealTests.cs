using System.Security.Cryptography;
using SkyTree.AspNetCore.Configuration;
using SkyTree.AspNetCore.Portal.Hosting;
using SkyTree.Cluster;
using SkyTree.Portal.Tests.Harness;
using Xunit;

namespace SkyTree.Portal.Tests.Hosting;

public sealed class KeySealTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("skytree-seal-").FullName;

    [Fact]
    public void Alone_it_stays_with_the_data_folder_and_is_nobody_elses()
    {
        KeySeal seal = new(new SkyTreeOptions { Data = _folder });
        byte[] box = seal.Seal("the key");
        KeySeal again = new(new SkyTreeOptions { Data = _folder });
        Assert.Equal("the key", again.Open(box));
        Assert.Equal(seal.Name, again.Name);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "portal.key")));
        }

        string other = Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName;
        KeySeal foreign = new(new SkyTreeOptions { Data = other });
        Assert.NotEqual(seal.Name, foreign.Name);
        Assert.ThrowsAny<CryptographicException>(() => foreign.Open(box));
    }

    [Fact]
    public void Nodes_with_one_secret_have_the_same_and_no_file()
    {
        KeySeal one = Node("sixteen characters and more", "plant");
        KeySeal two = Node("sixteen characters and more", "plant");
        Assert.Equal("the key", two.Open(one.Seal("the key")));
        Assert.Equal(one.Name, two.Name);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));

        KeySeal foreign = Node("sixteen other characters", "plant");
        Assert.NotEqual(one.Name, foreign.Name);
        Assert.ThrowsAny<CryptographicException>(() => foreign.Open(one.Seal("the key")));
        Assert.NotEqual(one.Name, Node("sixteen characters and more", "office").Name);
    }

    [Fact]
    public void Nodes_with_certificates_of_their_own_have_none_but_a_name()
    {
        KeySeal one = Node("", "plant");
        Assert.False(one.IsSealing);
        Assert.Equal(one.Name, Node("", "plant").Name);
        Assert.NotEqual(one.Name, Node("", "office").Name);
    }

    [Fact]
    public void What_was_changed_is_not_opened()
    {
        KeySeal seal = Node("sixteen characters and more", "plant");
        byte[] box = seal.Seal("the key");
        for (int i = 0; i < box.Length; i++)
        {
            byte[] changed = [.. box];
            changed[i] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => seal.Open(changed));
        }

        Assert.ThrowsAny<CryptographicException>(() => seal.Open([]));
        Assert.NotEqual(box, seal.Seal("the key"));
    }

    [Fact]
    public async Task The_state_has_no_key_that_makes_cookies()
    {
        await using PortalHost host = await PortalHost.StartAsync();
        using HttpClient http = new() { BaseAddress = host.Address };
        await http.GetAsync("login"); // its form is sealed with one
        string kept = string.Concat(host.Admin.PortalKeys.List());
        Assert.Contains("<sealed", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", kept, StringComparison.OrdinalIgnoreCase);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private KeySeal Node(string secret, string name) => new(new SkyTreeOptions { Data = _folder, Cluster = new ClusterOptions { Enabled = true, Name = name, Secret = secret } });
}
