# Mail::DKIM as a process: signs and verifies what JSON Lines on stdin ask for (see README.md).

use strict;
use warnings;

use JSON::PP;
use MIME::Base64 qw(decode_base64 encode_base64);
use Mail::DKIM;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signature;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

# A resolver that knows only the keys of the request.
package KnownKeys {
    sub new {
        my ($class, $keys) = @_;
        my %records = map { lc($_) => $keys->{$_} } keys %$keys;
        return bless { records => \%records }, $class;
    }

    sub send {
        my ($self, $name, $type) = @_;
        my $packet = Net::DNS::Packet->new($name, $type);
        my $record = $self->{records}{ lc $name };
        $packet->header->rcode(defined $record ? 'NOERROR' : 'NXDOMAIN');
        if (defined $record) {
            my @strings = $record =~ /(.{1,255})/gs;
            $packet->push(
                answer => Net::DNS::RR->new(name => $name, type => 'TXT', ttl => 60, txtdata => \@strings));
        }
        return $packet;
    }

    sub errorstring { return 'NXDOMAIN' }
}

# One answer per DKIM-Signature field, top first.
sub verify {
    my ($message, $keys) = @_;
    Mail::DKIM::DNS::resolver(KnownKeys->new($keys));
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT($message);
    $verifier->CLOSE;
    return [
        map { { pass => $_->result eq 'pass' ? JSON::PP::true : JSON::PP::false, why => $_->result_detail } }
            $verifier->signatures
    ];
}

# The DKIM-Signature field, CRLF included.
sub sign {
    my ($message, $request) = @_;
    (my $key = $request->{privateKey}) =~ s/-----[^-]*-----|\s//g;
    my $headers = join ':', @{ $request->{headers} };
    my $signer = Mail::DKIM::Signer->new(
        Algorithm => $request->{algorithm},
        Method => $request->{canonicalization},
        Domain => $request->{domain},
        Selector => $request->{selector},
        Key => Mail::DKIM::PrivateKey->load(Data => $key),
        Headers => $headers,
    );
    $signer->PRINT($message);
    $signer->CLOSE;
    return $signer->signature->as_string . "\r\n";
}

my @algorithms = grep { Mail::DKIM::Signature->new->get_algorithm_class($_) }
    qw(rsa-sha256 ed25519-sha256);
$| = 1;
my $json = JSON::PP->new->ascii->canonical;
print $json->encode({ peer => "Mail::DKIM $Mail::DKIM::VERSION", algorithms => \@algorithms }), "\n";
while (my $line = <STDIN>) {
    my $request = $json->decode($line);
    my $message = decode_base64($request->{message});
    my %answer = (id => $request->{id});
    if (defined $request->{privateKey}) {
        my $known = grep { $_ eq $request->{algorithm} } @algorithms;
        $answer{refused} = 'unsupported algorithm' unless $known;
        $answer{field} = encode_base64(sign($message, $request), '') if $known;
    }
    else {
        $answer{results} = verify($message, $request->{keys});
    }
    print $json->encode(\%answer), "\n";
}
