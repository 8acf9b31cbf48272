using SkyTree.Core.Admin.Bridges;
using Xunit;

namespace SkyTree.Bridges.Tests;

/// <summary>Mistakes in the options of a bridge are told, each by its key.</summary>
public sealed class BridgeOptionsTests
{
    private static readonly BridgeOptions s_good = new() { Server = "mqtt://plant.example", Topics = [new BridgeTopicOptions { Filter = "#" }] };

    public static TheoryData<string, object, string> Mistakes => new()
    {
        { "b", s_good with { Server = "" }, "B:Server: '' is no address" },
        { "b", s_good with { Server = "plant.example:1883" }, "B:Server: 'plant.example:1883' is no address" },
        { "b", s_good with { Server = "http://plant.example" }, "B:Server: 'http://plant.example' is no address" },
        { "b", s_good with { Server = "mqtt://user:secret@plant.example" }, "B:Server: the user name and the password are options of their own" },
        { "b", s_good with { Server = "mqtt//user:secret@plant.example" }, "B:Server: '…@plant.example' is no address" },
        { "b", s_good with { Server = "mqtt://plant.example/mqtt" }, "B:Server: 'mqtt://plant.example/mqtt' has more than a host and a port" },
        { "a b", s_good, "B: a bridge's name" },
        { "b", s_good with { ProtocolVersion = "4" }, "B:ProtocolVersion: '4' is neither 5 nor 3.1.1" },
        { "b", s_good with { UserName = "u", Password = "p", PasswordPath = "/etc/hostname" }, "B:PasswordPath: there is a Password already" },
        { "b", s_good with { Password = "p" }, "B:UserName: a password needs a user name" },
        { "b", s_good with { UserName = "u", PasswordPath = "/no/such" }, "B:PasswordPath: file '/no/such' does not exist" },
        { "b", s_good with { CertificateAuthorities = "/etc/hostname" }, "B:CertificateAuthorities: 'mqtt://plant.example' speaks no TLS" },
        { "b", s_good with { Server = "mqtts://plant.example", CertificateAuthorities = "/no/such" }, "B:CertificateAuthorities: file '/no/such' does not exist" },
        { "b", s_good with { Server = "wss://plant.example", Certificate = new() { KeyPath = "/etc/hostname" } }, "B:Certificate:Path: the certificate is missing" },
        { "b", s_good with { Topics = [] }, "B:Topics: there is no topic" },
        { "b", With(new() { Filter = "" }), "B:Topics:0:Filter: a topic filter is needed" },
        { "b", With(new() { Filter = "a#" }), "B:Topics:0:Filter: 'a#' is no topic filter" },
        { "b", With(new() { Filter = "#", LocalPrefix = "plant" }), "B:Topics:0:Filter: 'plant#' is no topic filter" },
        { "b", With(new() { Filter = "$share/g/a" }), "B:Topics:0:Filter: '$share/g/a' is no topic filter" },
        { "b", With(new() { Filter = "$replay/earliest/a" }), "B:Topics:0:Filter: '$replay/earliest/a' is no topic filter" },
        { "b", With(new() { Filter = "a", RemotePrefix = "+/" }), "B:Topics:0:RemotePrefix: '+/' is nothing that a topic name can begin with" },
        { "b", With(new() { Filter = "$SYS/#", Direction = BridgeDirection.In }), "B:Topics:0:LocalPrefix: $SYS and below" },
    };

    [Theory]
    [MemberData(nameof(Mistakes), DisableDiscoveryEnumeration = true)]
    public void A_mistake_is_told_by_its_key(string name, object options, string expected)
    {
        string only = Assert.Single(Validate(name, (BridgeOptions)options));
        Assert.StartsWith(expected, only, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", only, StringComparison.Ordinal);
    }

    [Fact]
    public void Good_options_are_taken_and_a_bridge_that_is_switched_off_may_be_half_configured()
    {
        Assert.Empty(Validate("plant-1.a_b", s_good));
        Assert.Empty(Validate("b", s_good with { Server = "wss://plant.example:8443/mqtt?x=1", ProtocolVersion = "3.1.1", UserName = "u" }));
        Assert.Empty(Validate("b", With(new() { Filter = "$SYS/#", Direction = BridgeDirection.In, LocalPrefix = "plant/" })));
        Assert.Empty(Validate("b", new BridgeOptions { Enabled = false }));
    }

    [Theory]
    [InlineData("mqtt://h", "mqtt://h:1883/", false, false)]
    [InlineData("mqtts://h", "mqtts://h:8883/", true, false)]
    [InlineData("mqtt://[::1]:1884", "mqtt://[::1]:1884/", false, false)]
    [InlineData("ws://h:8080", "ws://h:8080/mqtt", false, true)]
    [InlineData("wss://h/other", "wss://h/other", true, true)]
    public void An_address_has_the_usual_port_and_path(string text, string full, bool isSecure, bool isWebSocket)
    {
        Assert.True(BridgeAddress.TryParse(text, out BridgeAddress? address, out _));
        Assert.Equal((full, isSecure, isWebSocket), (address.Uri.AbsoluteUri, address.IsSecure, address.IsWebSocket));
    }

    private static BridgeOptions With(BridgeTopicOptions topic) => s_good with { Topics = [topic] };

    private static List<string> Validate(string name, BridgeOptions options)
    {
        List<string> mistakes = [];
        BridgeOptionsValidator.Validate("B", name, options, (key, problem) => mistakes.Add($"{key}: {problem}"));
        return mistakes;
    }
}
